import { ValidationFailed, WeakPassword } from './errors.js';
import { findWeakness } from './password-strength.js';
import type { Branded } from './text.js';
import { checkStorable, countCodePoints } from './text.js';
import { removeInvisible } from './visible-text.js';

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

/** What new passwords must have. */
export interface PasswordPolicy {
  /**
   * Code points. OWASP ASVS 5.0, 6.2.1 requires at least 8, NIST SP 800-63B-4 for at least 15 if the password is the
   * only factor.
   */
  readonly minLength: number;
}

export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = { minLength: 8 };

/** The account that a new password is for. Its words are no secret. */
export interface PasswordOwner {
  readonly email: string;
  readonly username: string;
  readonly name: string;
}

/**
 * Checks a new password as people see it: invisible characters and spaces at its ends do not count. They remain part of
 * the password that is hashed. There are no rules of composition (NIST SP 800-63B-4, 3.1.1.2).
 *
 * @throws ValidationFailed if it is too short.
 * @throws WeakPassword if it is little more than common passwords, words of its owner, sequences and the like.
 */
export function checkNewPassword(password: Password, owner: PasswordOwner, { minLength }: PasswordPolicy): void {
  if (countCodePoints(removeInvisible(password)) < minLength) {
    const detail = `must have at least ${minLength} characters, without invisible ones and spaces at its ends`;
    throw ValidationFailed.of(detail, '/password');
  }
  const weakness = findWeakness(password, [owner.email, owner.username, owner.name], minLength);
  if (weakness) throw new WeakPassword(`The password is easy to guess: it is little more than ${weakness}.`);
}
