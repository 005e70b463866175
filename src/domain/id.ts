import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';

/** A UUID in lower case. Tradepost generates UUIDv7 (RFC 9562, 5.7), so ids sort in the order of their creation. */
export type Id = Branded<'Id'>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Accepts a UUID of any version, in upper or lower case. */
export function parseId(text: string): Id {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw ValidationFailed.of('must be an id: a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057');
  return id as Id;
}

/**
 * Returns a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970-01-01 UTC, and 32 bits of `sequence` as a counter
 * that orders the ids of a millisecond (6.2, method 1); the rest is taken from `random`, at least 6 bytes.
 */
export function uuidV7(milliseconds: number, sequence: number, random: Uint8Array): Id {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const time = hex(milliseconds, 12);
  const counter = sequence >>> 0;
  const [first = 0, ...rest] = random.subarray(0, 6);
  return [
    time.slice(0, 8),
    time.slice(8),
    hex(0x7000 | (counter >>> 20), 4),
    hex(0x8000 | ((counter >>> 6) & 0x3fff), 4),
    hex(((counter & 0x3f) << 2) | (first & 3), 2) + rest.map(byte => hex(byte, 2)).join(''),
  ].join('-') as Id;
}
