import type { Password } from '../../../domain/password-policy.js';

/** Whether a password is right, and whether its hash is up to date. */
export interface PasswordVerdict {
  /** Whether the password is the one that was hashed. */
  readonly matches: boolean;
  /** The stored hash is weaker than current ones: hash the password again while it is known. */
  readonly outdated: boolean;
}

/** How busy a hasher is. */
export interface HashingLoad {
  /** Hashes that are being computed. */
  readonly running: number;
  /** Calls that wait for their turn. */
  readonly waiting: number;
  /** Work that was refused with `Overloaded` since the start. */
  readonly refused: number;
}

/**
 * Both methods throw `Overloaded` when more hashes are requested than can be computed in time. `client` is an opaque key of
 * the client that causes the work: clients share the capacity evenly. Work without a key counts as that of one client.
 */
export interface PasswordHasher {
  /** Returns a salted hash in the PHC string format. Rejects with `overloaded` if too many passwords wait. */
  hash(password: Password, client?: string | null): Promise<string>;

  /**
   * Compares the password with a stored hash. Pass `null` if there is no account: it takes the same work and never
   * matches, so that response times do not reveal which accounts exist.
   */
  verify(password: Password, hash: string | null, client?: string | null): Promise<PasswordVerdict>;

  /** For metrics. Left out where there is no queue. */
  load?(): HashingLoad;
}
