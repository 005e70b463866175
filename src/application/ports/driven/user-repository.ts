import type { EmailAddress } from '../../../domain/email-address.js';
import type { Id } from '../../../domain/id.js';
import type { User, Username } from '../../../domain/user.js';

/** One of the three values that identify a user. */
export type UserReference = { readonly id: Id } | { readonly username: Username } | { readonly email: EmailAddress };

/** An account with the hash of its password. */
export interface Account {
  /** The account as its owner sees it. */
  readonly user: User;
  /** In the PHC string format. */
  readonly passwordHash: string;
}

/** Keeps accounts. */
export interface UserRepository {
  /**
   * Adds the account unless its e-mail address or its username, compared without case, is taken. If both are taken,
   * returns `email_taken`.
   */
  add(account: Account): Promise<'added' | 'email_taken' | 'username_taken'>;

  /** Returns the account with this name; null if there is none. */
  findAccount(reference: UserReference): Promise<Account | null>;

  /** Replaces the hash `current` by `next`. Does nothing if the stored hash is no longer `current`. */
  replacePasswordHash(userId: Id, current: string, next: string): Promise<void>;
}
