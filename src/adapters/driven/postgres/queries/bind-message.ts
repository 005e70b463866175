import type { Parameter } from '../statement.js';

/** The messages of PostgreSQL's extended query protocol (manual, 55.2.3 and 55.7) that `pg` would send one by one. */

/** Describe (of the unnamed portal) and Execute (without a limit of rows). They are always the same bytes. */
const DESCRIBE = Buffer.from('44000000065000', 'hex');
const EXECUTE = Buffer.from('45000000090000000000', 'hex');

/** Sync, which ends a transaction and has the server send its answers. */
const SYNC = Buffer.from('5300000004', 'hex');

export interface Ending {
  /** Whether the server has to describe the columns of the result. */
  readonly describes: boolean;
  /** Whether the transaction ends after the statement. */
  readonly syncs: boolean;
}

/** Returns the messages that run a prepared statement, as one piece: Bind, Describe, Execute, Sync. */
export function bindAndExecute(name: string, values: readonly Parameter[], { describes, syncs }: Ending): Buffer {
  const texts = values.map(parameterText);
  const nameSize = Buffer.byteLength(name);
  let bindSize = 4 + 1 + nameSize + 1 + 2 + 2 * texts.length + 2 + 4;
  for (const text of texts) bindSize += 4 + (text === null ? 0 : Buffer.byteLength(text));
  const buffer = Buffer.allocUnsafe(
    1 + bindSize + (describes ? DESCRIBE.length : 0) + EXECUTE.length + (syncs ? SYNC.length : 0),
  );
  let at = buffer.writeUInt8(BIND, 0);
  at = buffer.writeInt32BE(bindSize, at);
  at = buffer.writeUInt8(0, at);
  at += buffer.write(name, at);
  at = buffer.writeUInt8(0, at);
  at = buffer.writeInt16BE(texts.length, at);
  for (const text of texts) at = buffer.writeInt16BE(typeof text === 'object' && text !== null ? 1 : 0, at);
  at = buffer.writeInt16BE(texts.length, at);
  for (const text of texts) {
    if (text === null) at = buffer.writeInt32BE(-1, at);
    else if (typeof text === 'string') {
      const size = buffer.write(text, at + 4);
      buffer.writeInt32BE(size, at);
      at += 4 + size;
    } else {
      at = buffer.writeInt32BE(text.length, at);
      at += text.copy(buffer, at);
    }
  }
  // The columns of the result are text.
  at = buffer.writeInt32BE(0x0001_0000, at);
  if (describes) at += DESCRIBE.copy(buffer, at);
  at += EXECUTE.copy(buffer, at);
  if (syncs) SYNC.copy(buffer, at);
  return buffer;
}

const BIND = 0x42;

/** Returns a parameter as the driver sends it: bytes in binary, everything else as text. */
function parameterText(value: Parameter): string | Buffer | null {
  if (typeof value === 'string' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return typeof value === 'object' ? arrayLiteral(value) : String(value);
}

/** `{"one","two"}` (PostgreSQL manual, 8.15.6). */
const arrayLiteral = (items: readonly string[]): string =>
  `{${items.map(item => `"${item.replace(/["\\]/g, '\\$&')}"`).join()}}`;
