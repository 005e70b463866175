import type { Account, UserReference, UserRepository } from '../../../application/ports/driven/user-repository.js';
import type { EmailAddress } from '../../../domain/email-address.js';
import type { Id } from '../../../domain/id.js';
import { usernameKey } from '../../../domain/user.js';

export class MemoryUserRepository implements UserRepository {
  private readonly byId = new Map<Id, Account>();
  private readonly idByEmail = new Map<EmailAddress, Id>();
  private readonly idByUsername = new Map<string, Id>();

  async add(account: Account): Promise<'added' | 'email_taken' | 'username_taken'> {
    const { id, email, username } = account.user;
    if (this.idByEmail.has(email)) return 'email_taken';
    if (this.idByUsername.has(usernameKey(username))) return 'username_taken';
    this.idByEmail.set(email, id);
    this.idByUsername.set(usernameKey(username), id);
    this.byId.set(id, account);
    return 'added';
  }

  async findAccount(reference: UserReference): Promise<Account | null> {
    return this.find(reference);
  }

  async replacePasswordHash(userId: Id, current: string, next: string): Promise<void> {
    const account = this.byId.get(userId);
    if (account?.passwordHash === current) this.byId.set(userId, { ...account, passwordHash: next });
  }

  /** For the archive. */
  all(): Account[] {
    return [...this.byId.values()];
  }

  /** For the parts of the store that need a user without awaiting. */
  find(reference: UserReference): Account | null {
    const id =
      'id' in reference
        ? reference.id
        : 'email' in reference
          ? this.idByEmail.get(reference.email)
          : this.idByUsername.get(usernameKey(reference.username));
    return (id !== undefined && this.byId.get(id)) || null;
  }
}
