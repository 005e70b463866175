import type { Password } from '../../../domain/password-policy.js';

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The stored hash is weaker than those made today: hash the password anew while it is known. */
  readonly outdated: boolean;
}

/** Both methods throw `Overloaded` when more hashes are asked for than can be made in time. */
export interface PasswordHasher {
  hash(password: Password): Promise<string>;

  /**
   * Compares with a stored hash. `null`, where there is no account, takes the same work and never matches, so that an
   * unknown account cannot be told from a wrong password by time.
   */
  verify(password: Password, hash: string | null): Promise<PasswordVerdict>;
}
