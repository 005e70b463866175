import type { Account, UserReference, UserRepository } from '../../../application/ports/driven/user-repository.js';
import type { Id } from '../../../domain/id.js';
import type { User } from '../../../domain/user.js';
import { usernameKey } from '../../../domain/user.js';
import type { Collections } from './collections.js';
import type { Database } from './database.js';
import { isDuplicate } from './failures.js';
import type { Filter } from './filter.js';
import { equals, where } from './filter.js';
import { date, idOf, timestampOf, uuid } from './types.js';

type AddUserResult = 'added' | 'email_taken' | 'username_taken';

export type UserDocument = Collections['users'];

export const userOf = ({ _id, email, username, name, createdAt }: UserDocument): User => ({
  id: idOf(_id),
  email: email as User['email'],
  username: username as User['username'],
  name: name as User['name'],
  createdAt: timestampOf(createdAt),
});

export const accountOf = (document: UserDocument): Account => ({
  user: userOf(document),
  passwordHash: document.passwordHash,
});

export const documentOf = ({ user, passwordHash }: Account): UserDocument => ({
  _id: uuid(user.id),
  email: user.email,
  username: user.username,
  usernameKey: usernameKey(user.username),
  name: user.name,
  passwordHash,
  createdAt: date(user.createdAt),
});

/** The filter that finds the user. */
export function userLookup(reference: UserReference): Filter<'users'> {
  if ('id' in reference) return where('users', { _id: equals(uuid(reference.id)) });
  if ('email' in reference) return where('users', { email: equals(reference.email) });
  return where('users', { usernameKey: equals(usernameKey(reference.username)) });
}

export class MongoUserRepository implements UserRepository {
  constructor(private readonly database: Database) {}

  async add({ user, passwordHash }: Account): Promise<AddUserResult> {
    const account = documentOf({ user, passwordHash });
    try {
      await this.database.query(access => access.insert('users', account));
      return 'added';
    } catch (error) {
      if (!isDuplicate(error, 'email') && !isDuplicate(error, 'usernameKey')) throw error;
    }
    // The error names one index only; where both are taken the e-mail address has to be reported.
    const taken = await this.findTaken(account);
    return taken ?? this.add({ user, passwordHash });
  }

  async findAccount(reference: UserReference): Promise<Account | null> {
    const found = await this.database.query(access => access.findOne(userLookup(reference)));
    return found && accountOf(found);
  }

  async replacePasswordHash(userId: Id, current: string, next: string): Promise<void> {
    const unchanged = where('users', { _id: equals(uuid(userId)), passwordHash: equals(current) });
    await this.database.query(access => access.update(unchanged, { set: { passwordHash: next } }));
  }

  private async findTaken({ email, usernameKey: key }: Pick<UserDocument, 'email' | 'usernameKey'>) {
    const either = where('users', { email: equals(email) }).or(where('users', { usernameKey: equals(key) }));
    const holders = await this.database.query(access => access.find(either));
    if (holders.some(holder => holder.email === email)) return 'email_taken';
    return holders.length > 0 ? 'username_taken' : null;
  }
}
