import type { Account, UserReference, UserRepository } from '../../../application/ports/driven/user-repository.js';
import type { Id } from '../../../domain/id.js';
import type { User } from '../../../domain/user.js';
import { usernameKey } from '../../../domain/user.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import { statement, writeStatement } from './statement.js';

type AddUserResult = 'added' | 'email_taken' | 'username_taken';

/** The columns of a user, in the order of `userOf`. */
export const userColumns = (table: string): string =>
  ['id', 'email', 'username', 'name', 'created_at'].map(column => `${table}.${column}`).join(', ');

export type UserRow = readonly [User['id'], User['email'], User['username'], User['name'], User['createdAt']];

export const userOf = ([id, email, username, name, createdAt]: UserRow): User => ({
  id,
  email,
  username,
  name,
  createdAt,
});

/** The column and the value that find the user. */
export function userLookup(reference: UserReference): { column: 'id' | 'email' | 'username_key'; value: string } {
  if ('id' in reference) return { column: 'id', value: reference.id };
  if ('email' in reference) return { column: 'email', value: reference.email };
  return { column: 'username_key', value: usernameKey(reference.username) };
}

export class PostgresUserRepository implements UserRepository {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
  ) {
    this.statements = statements(schema);
  }

  async add({ user, passwordHash }: Account): Promise<AddUserResult> {
    const key = usernameKey(user.username);
    const { id, email, username, name, createdAt } = user;
    const values = [id, email, username, key, name, passwordHash, createdAt];
    const outcome = await this.database.queryOne(this.statements.add, values);
    if (outcome) return outcome;
    // The e-mail address or username was taken after this statement began, so only a new statement can see which.
    const taken = await this.database.queryOne(this.statements.taken, [email, key]);
    return taken ?? this.add({ user, passwordHash });
  }

  async findAccount(reference: UserReference): Promise<Account | null> {
    const { column, value } = userLookup(reference);
    return this.database.queryOne(this.statements.find[column], [value]);
  }

  async replacePasswordHash(userId: Id, current: string, next: string): Promise<void> {
    await this.database.query(this.statements.replacePasswordHash, [userId, current, next]);
  }
}

const takenOf = ([email, username]: readonly [boolean, boolean]): AddUserResult | null =>
  email ? 'email_taken' : username ? 'username_taken' : null;

function statements({ name: schema, statementName }: Schema) {
  const takenColumns = (email: string, key: string): string => `
    EXISTS (SELECT FROM ${schema}.users WHERE email = ${email}),
    EXISTS (SELECT FROM ${schema}.users WHERE username_key = ${key})`;

  const find = (column: string) =>
    statement(
      statementName(`user_by_${column}`),
      `SELECT password_hash, ${userColumns('users')} FROM ${schema}.users WHERE ${column} = $1`,
      ([passwordHash, ...user]: readonly [string, ...UserRow]): Account => ({ user: userOf(user), passwordHash }),
    );

  return {
    add: writeStatement(
      statementName('user_add'),
      `WITH added AS (
        INSERT INTO ${schema}.users (id, email, username, username_key, name, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
      ), counter AS (
        INSERT INTO ${schema}.trade_counters (user_id) SELECT id FROM added
      )
      SELECT EXISTS (SELECT FROM added), ${takenColumns('$2', '$4')}`,
      ([added, ...rest]: readonly [boolean, boolean, boolean]) => (added ? 'added' : takenOf(rest)),
    ),
    taken: statement(statementName('user_taken'), `SELECT ${takenColumns('$1', '$2')}`, takenOf),
    find: { id: find('id'), email: find('email'), username_key: find('username_key') },
    replacePasswordHash: writeStatement(
      statementName('user_rehash'),
      `UPDATE ${schema}.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`,
      () => undefined,
    ),
  };
}
