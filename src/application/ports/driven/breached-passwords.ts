import type { Password } from '../../../domain/password-policy.js';

/** The passwords that are known from data breaches (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.2.12). */
export interface BreachedPasswords {
  /**
   * Returns whether the password is known. Returns false if it cannot be found out in time, because people must be able
   * to register while the source does not respond. Does not throw.
   */
  has(password: Password): Promise<boolean>;
}
