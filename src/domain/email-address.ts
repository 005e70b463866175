import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';
import { checkStorable, codePoints } from './text.js';

/** An e-mail address in the form it is stored and compared in: NFKC, lower case. */
export type EmailAddress = Branded<'EmailAddress'>;

const MAX_LENGTH = 254; // RFC 3696, erratum 1690
const MAX_LOCAL_PART = 64; // RFC 5321, 4.5.3.1.1

// Controls, invisible format characters and every kind of space: none can be seen in a list of accounts, so two
// addresses that differ only in them would look the same.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Z}]/u;

/**
 * Rules: one `@` with something on each side, at most 254 characters, at most 64 before the `@`, no spaces and no
 * control characters. They hold for the normalised form, since normalising can make an `@` or a space of other
 * characters. Whether the address receives mail is not a question of its form.
 */
export function parseEmailAddress(text: string): EmailAddress {
  const address = checkStorable(text).normalize('NFKC').toLowerCase().normalize('NFKC');
  if (UNSEEN.test(address)) throw ValidationFailed.of('must not contain spaces or control characters');
  const [local, domain, ...rest] = address.split('@');
  if (!local || !domain || rest.length > 0) {
    throw ValidationFailed.of('must be an e-mail address: one @ with text on both sides');
  }
  if (codePoints(local) > MAX_LOCAL_PART) {
    throw ValidationFailed.of(`must have at most ${MAX_LOCAL_PART} characters before the @`);
  }
  if (codePoints(address) > MAX_LENGTH) throw ValidationFailed.of(`must have at most ${MAX_LENGTH} characters`);
  return address as EmailAddress;
}
