import type { EmailAddress } from '../../../domain/email-address.js';
import type { Id } from '../../../domain/id.js';
import type { User, Username } from '../../../domain/user.js';

/** One of the three names a user can be found by. */
export type UserReference = { readonly id: Id } | { readonly username: Username } | { readonly email: EmailAddress };

export interface Account {
  readonly user: User;
  readonly passwordHash: string;
}

export interface UserRepository {
  /** E-mail address and username (without regard to case) are unique; where both are taken the e-mail is named. */
  add(account: Account): Promise<'added' | 'email_taken' | 'username_taken'>;

  findAccount(reference: UserReference): Promise<Account | null>;

  /** Puts `next` in the place of `current`; does nothing where the stored hash is another by now. */
  replacePasswordHash(userId: Id, current: string, next: string): Promise<void>;
}
