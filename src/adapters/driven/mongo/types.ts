import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { timestamp } from '../../../domain/timestamp.js';
import { Binary, UUID } from '../../../peers/mongodb.js';

// Ids are BSON UUIDs (Binary, subtype 4), not text: 16 bytes instead of 36 in every document and index (a log entry has
// four of them), compared bytewise, which is the order of the text, and shown as UUID("…") by every tool. Timestamps are
// BSON dates because a TTL index needs them; both count milliseconds, so no precision is lost.

/** @throws TypeError for anything but text: given `undefined`, the driver would make a random UUID. */
export function uuid(id: Id): UUID {
  if (typeof id !== 'string') throw new TypeError('an id must be text');
  return new UUID(id);
}

export const idOf = (stored: Binary): Id => stored.toUUID().toHexString() as Id;

/** @throws TypeError for anything but RFC 3339 text. */
export function date(time: Timestamp): Date {
  const value = new Date(typeof time === 'string' ? time : Number.NaN);
  if (Number.isNaN(value.getTime())) throw new TypeError('a timestamp must be RFC 3339 text');
  return value;
}

export const timestampOf = (stored: Date): Timestamp => timestamp(stored.getTime());

/** The reverse of `bytes`. */
export const hexOf = (stored: Binary): TokenDigest => stored.toString('hex');

/** @throws TypeError for anything but 64 hexadecimal digits. */
export function bytes(digest: TokenDigest): Binary {
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
    throw new TypeError('a digest must be 64 hexadecimal digits');
  }
  return new Binary(Buffer.from(digest, 'hex'));
}
