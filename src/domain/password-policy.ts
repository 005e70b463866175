import type { Branded } from './branded.js';
import { isCommonPassword } from './common-passwords/index.js';
import { ValidationFailed } from './errors.js';
import { checkStorable, codePoints } from './text.js';

/** A password in NFC, as it is hashed. Composed and decomposed typing of the same letters is the same password. */
export type Password = Branded<'Password'>;

export const MAX_PASSWORD_LENGTH = 128;

/**
 * What counts as a password at all, also for logging in: at most 128 code points, and never cut short.
 * NFC: NIST SP 800-63B-4, 3.1.1.2 asks for a normalisation; a compatibility form (NFKC) would make different
 * passwords equal.
 */
export function parsePassword(text: string): Password {
  const password = checkStorable(text).normalize('NFC');
  if (codePoints(password) > MAX_PASSWORD_LENGTH) {
    throw ValidationFailed.of(`must have at most ${MAX_PASSWORD_LENGTH} characters`);
  }
  return password as Password;
}

export interface PasswordPolicy {
  /** Code points. OWASP ASVS 5.0, 6.2.1: at least 8; NIST SP 800-63B-4 asks 15 where it is the only factor. */
  readonly minLength: number;
}

export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = { minLength: 8 };

/** Refuses a new password that is too short, common, or its owner's e-mail address or username. */
export function checkNewPassword(
  password: Password,
  owner: { readonly email: string; readonly username: string },
  { minLength }: PasswordPolicy,
): void {
  const refuse = (detail: string) => ValidationFailed.of(detail, '/password');
  if (codePoints(password) < minLength) throw refuse(`must have at least ${minLength} characters`);
  const folded = password.toLowerCase();
  if (folded === owner.email || folded === owner.username.toLowerCase()) {
    throw refuse('must not be the e-mail address or the username');
  }
  if (isCommonPassword(password))
    throw refuse('is on the list of common passwords; choose one that is harder to guess');
}
