import { randomBytes } from 'node:crypto';

export interface FrameParts {
  /** 1 text, 2 binary, 0 continuation, 8 close, 9 ping, 10 pong. */
  readonly opcode?: number;
  readonly payload?: Buffer | string;
  /** Whether it is the last frame of its message. */
  readonly fin?: boolean;
  /** The reserved bits, 0x40, 0x20 and 0x10. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length in the header; that of the payload if omitted. */
  readonly stated?: number | bigint;
}

/** Returns the bytes of a frame (RFC 6455, section 5.2), valid or not. */
export function frame(parts: FrameParts = {}): Buffer {
  const { opcode = 1, payload = '', fin = true, reserved = 0, masked = true } = parts;
  const data = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | reserved | opcode;
  const { stated = data.length } = parts;
  const header = Buffer.concat([Buffer.from([first]), lengthField(stated, masked)]);
  if (!masked) return Buffer.concat([header, data]);
  const mask = randomBytes(4);
  const hidden = data.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([header, mask, hidden]);
}

function lengthField(length: number | bigint, masked: boolean): Buffer {
  const bit = masked ? 0x80 : 0;
  if (length < 126) return Buffer.from([bit | Number(length)]);
  if (length < 65_536) {
    const field = Buffer.from([bit | 126, 0, 0]);
    field.writeUInt16BE(Number(length), 1);
    return field;
  }
  const field = Buffer.alloc(9, 0);
  field[0] = bit | 127;
  field.writeBigUInt64BE(BigInt(length), 1);
  return field;
}

export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Returns the complete frames at the start of a server's bytes, which are not masked. */
export function framesIn(bytes: Buffer): ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  let rest = bytes;
  for (let read = firstFrame(rest); read; read = firstFrame(rest)) {
    frames.push(read.frame);
    rest = rest.subarray(read.size);
  }
  return frames;
}

function firstFrame(bytes: Buffer): { frame: ReceivedFrame; size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const start = second === 127 ? 10 : second === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = second === 127 ? Number(bytes.readBigUInt64BE(2)) : second === 126 ? bytes.readUInt16BE(2) : second;
  if (bytes.length < start + length) return undefined;
  return { frame: { opcode: first & 0x0f, payload: bytes.subarray(start, start + length) }, size: start + length };
}
