import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';
import { checkStorable, countCodePoints } from './text.js';

/** An e-mail address in its stored form, which is also the form for comparison: NFKC, lower case. */
export type EmailAddress = Branded<'EmailAddress'>;

const MAX_LENGTH = 254; // RFC 3696, erratum 1690
const MAX_LOCAL_PART = 64; // RFC 5321, 4.5.3.1.1

// Control characters, invisible format characters and spaces of every kind. Two addresses that differ only in them
// would look the same in a list of accounts.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Z}]/u;

/**
 * Accepts text with one `@` and something on each side of it, at most 254 characters in all and 64 before the `@`, no
 * spaces and no control characters. Checks the normalised form, because normalising can turn other characters into an
 * `@` or a space. Whether the address receives mail is not checked.
 */
export function parseEmailAddress(text: string): EmailAddress {
  const address = checkStorable(text).normalize('NFKC').toLowerCase().normalize('NFKC');
  if (INVISIBLE.test(address)) throw ValidationFailed.of('must not contain spaces or control characters');
  const [local, domain, ...rest] = address.split('@');
  if (!local || !domain || rest.length > 0) {
    throw ValidationFailed.of('must be an e-mail address: one @ with text on both sides');
  }
  if (countCodePoints(local) > MAX_LOCAL_PART) {
    throw ValidationFailed.of(`must have at most ${MAX_LOCAL_PART} characters before the @`);
  }
  if (countCodePoints(address) > MAX_LENGTH) throw ValidationFailed.of(`must have at most ${MAX_LENGTH} characters`);
  return address as EmailAddress;
}
