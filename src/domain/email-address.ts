import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';
import { checkStorable, countCodePoints, foldCase } from './text.js';
import { hasUnstableCharacters } from './visible-text.js';

/**
 * An e-mail address in its stored form, which is also the form for comparison (`foldCase`) and the one that mail is sent
 * to: the owner is who reads that mailbox, however the address was written.
 */
export type EmailAddress = Branded<'EmailAddress'>;

const MAX_LENGTH = 254; // RFC 3696, erratum 1690
const MAX_LOCAL_PART = 64; // RFC 5321, 4.5.3.1.1

/**
 * Accepts text with one `@` and something on each side of it, at most 254 characters in all and 64 before the `@`.
 * Refuses spaces, and control, invisible, private and unassigned characters, since two addresses that differ only in
 * them look the same. Checks the folded form, because folding can turn other characters into an `@` or a space.
 * Whether the address receives mail is not checked.
 */
export function parseEmailAddress(text: string): EmailAddress {
  const address = foldCase(checkStorable(text));
  if (hasUnstableCharacters(address)) {
    throw ValidationFailed.of('must not contain spaces, control characters or invisible characters');
  }
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
