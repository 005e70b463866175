import { COMMON_PASSWORDS } from './common-passwords/list.js';
import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';
import { checkStorable, countCodePoints } from './text.js';

/** A password in NFC, the form that is hashed: composed and decomposed letters are the same password. */
export type Password = Branded<'Password'>;

export const MAX_PASSWORD_LENGTH = 128;

/**
 * Accepts every password that can be hashed, for login as for registration: at most 128 code points. Nothing is cut
 * off. Normalises to NFC, since NIST SP 800-63B-4, 3.1.1.2 requires a normalisation and a compatibility form (NFKC)
 * would make different passwords equal.
 */
export function parsePassword(text: string): Password {
  const password = checkStorable(text).normalize('NFC');
  if (countCodePoints(password) > MAX_PASSWORD_LENGTH) {
    throw ValidationFailed.of(`must have at most ${MAX_PASSWORD_LENGTH} characters`);
  }
  return password as Password;
}

export interface PasswordPolicy {
  /**
   * Code points. OWASP ASVS 5.0, 6.2.1 requires at least 8, NIST SP 800-63B-4 for at least 15 if the password is the
   * only factor.
   */
  readonly minLength: number;
}

export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = { minLength: 8 };

/** Throws `ValidationFailed` if a new password is too short, common, or its owner's e-mail address or username. */
export function checkNewPassword(
  password: Password,
  owner: { readonly email: string; readonly username: string },
  { minLength }: PasswordPolicy,
): void {
  const refuse = (detail: string) => ValidationFailed.of(detail, '/password');
  if (countCodePoints(password) < minLength) throw refuse(`must have at least ${minLength} characters`);
  const folded = password.toLowerCase();
  if (folded === owner.email || folded === owner.username.toLowerCase()) {
    throw refuse('must not be the e-mail address or the username');
  }
  if (isCommonPassword(password))
    throw refuse('is on the list of common passwords; choose one that is harder to guess');
}

// Created on first use, because most processes that import Tradepost never register a user.
let commonPasswords: ReadonlySet<string> | undefined;

/** Returns whether the password is on the bundled list, ignoring case. */
function isCommonPassword(password: string): boolean {
  commonPasswords ??= new Set(COMMON_PASSWORDS.trim().split(/\s/));
  return commonPasswords.has(password.toLowerCase());
}
