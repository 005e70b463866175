import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { usernameKey } from '../../../domain/user.js';
import type { CardRow } from './postgres-card-repository.js';
import { CARD_COLUMNS, cardOf } from './postgres-card-repository.js';
import type { SessionRow } from './postgres-session-repository.js';
import { sessionColumns, sessionOf } from './postgres-session-repository.js';
import type { EntryRow } from './postgres-trade-log.js';
import { ENTRY_COLUMNS, entryOf } from './postgres-trade-log.js';
import type { UserRow } from './postgres-user-repository.js';
import { userColumns, userOf } from './postgres-user-repository.js';
import type { Schema } from './schema.js';
import type { Parameter, Statement } from './statement.js';
import { statement } from './statement.js';

/** How a whole table is read, page by page. */
interface Reading<Row> {
  /** Reads the rows after a key. The parameters are the key's values and the greatest number of rows. */
  readonly statement: Statement<Row>;
  /** A value below every key where there is no row yet. */
  keyOf(after: Row | null): readonly Parameter[];
}

export type Readings = { readonly [Collection in ArchiveCollection]: Reading<ArchiveRows[Collection]> };

/** Below every id: no UUID of version 7 is all zeros. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

export function readings({ name: schema, statementName }: Schema): Readings {
  const read = <Columns extends readonly unknown[], Row>(
    table: string,
    key: readonly string[],
    columns: string,
    row: (columns: Columns) => Row,
  ) => {
    const after = key.map((_, index) => `$${index + 1}`);
    // A comparison of rows reads one range of the key's index; an OR of comparisons would not.
    const range = `(${key}) > (${after}) ORDER BY ${key} LIMIT $${key.length + 1}`;
    return statement(statementName(`read_${table}`), `SELECT ${columns} FROM ${schema}.${table} WHERE ${range}`, row);
  };

  return {
    users: {
      statement: read(
        'users',
        ['id'],
        `password_hash, ${userColumns('users')}`,
        ([passwordHash, ...user]: readonly [string, ...UserRow]) => ({ user: userOf(user), passwordHash }),
      ),
      keyOf: after => [after?.user.id ?? NO_ID],
    },
    cards: {
      statement: read('cards', ['id'], CARD_COLUMNS, (card: CardRow) => cardOf(card)),
      keyOf: after => [after?.id ?? NO_ID],
    },
    tradeEntries: {
      statement: read(
        'trade_entries',
        ['user_id', 'number'],
        `user_id, ${ENTRY_COLUMNS}`,
        ([userId, ...entry]: readonly [Id, ...EntryRow]) => ({ userId, entry: entryOf(entry) }),
      ),
      keyOf: after => [after?.userId ?? NO_ID, after?.entry.number ?? 0],
    },
    idempotencyRecords: {
      statement: read(
        'idempotency_records',
        ['user_id', 'key'],
        'user_id, key, request, claimed_at, answer',
        ([userId, key, request, claimedAt, answer]: readonly [Id, string, string, Timestamp, unknown]) => ({
          userId,
          claim: { key, request, claimedAt },
          answer,
        }),
      ),
      keyOf: after => [after?.userId ?? NO_ID, after?.claim.key ?? ''],
    },
    sessions: {
      statement: read(
        'sessions',
        ['digest'],
        `encode(digest, 'hex'), ${sessionColumns('last_used_at')}`,
        ([digest, ...session]: readonly [string, ...SessionRow]) => ({ digest, session: sessionOf(session) }),
      ),
      keyOf: after => [Buffer.from(after?.digest ?? '', 'hex')],
    },
  };
}

/** How rows are added to a table, any number in one statement. */
interface Writing<Row> {
  /** Each parameter is one column of all rows. */
  readonly statement: Statement<undefined>;
  /** The values of one row in the order of the parameters, as text that PostgreSQL converts to the column's type. */
  valuesOf(row: Row): readonly (string | null)[];
}

export type Writings = { readonly [Collection in ArchiveCollection]: Writing<ArchiveRows[Collection]> };

export function writings({ name: schema, statementName }: Schema): Writings {
  /** `types` are those of the columns, in order; `around` extends the INSERT. */
  const write = (table: string, columns: string, types: readonly string[], around = (insert: string) => insert) => {
    const parameters = types.map((type, index) => `$${index + 1}::${type}[]`);
    const insert = `INSERT INTO ${schema}.${table} (${columns}) SELECT * FROM unnest(${parameters})`;
    return statement(statementName(`write_${table}`), around(insert), () => undefined);
  };

  return {
    users: {
      // Every user has a counter.
      statement: write(
        'users',
        'id, email, username, username_key, name, password_hash, created_at',
        ['uuid', 'text', 'text', 'text', 'text', 'text', 'timestamptz'],
        insert => `WITH written AS (${insert} RETURNING id)
          INSERT INTO ${schema}.trade_counters (user_id) SELECT id FROM written`,
      ),
      valuesOf: ({ user: { id, email, username, name, createdAt }, passwordHash }) => [
        ...[id, email, username, usernameKey(username), name, passwordHash, createdAt],
      ],
    },
    cards: {
      statement: write('cards', CARD_COLUMNS, ['uuid', 'uuid', 'text', 'text', 'timestamptz']),
      valuesOf: ({ id, ownerId, name, description, createdAt }) => [id, ownerId, name, description, createdAt],
    },
    tradeEntries: {
      // Rows come in any order, so a counter is only ever raised.
      statement: write(
        'trade_entries',
        `user_id, ${ENTRY_COLUMNS}`,
        ['uuid', 'bigint', 'boolean', 'uuid', 'uuid', 'text', 'uuid', 'text', 'text', 'timestamptz'],
        insert => `WITH written AS (${insert} RETURNING user_id, number)
          UPDATE ${schema}.trade_counters SET last_number = greatest(last_number, latest.number)
          FROM (SELECT user_id, max(number) AS number FROM written GROUP BY user_id) AS latest
          WHERE trade_counters.user_id = latest.user_id`,
      ),
      valuesOf: ({ userId, entry: { number, direction, tradeId, cardId, cardName, counterparty, createdAt } }) => [
        ...[userId, String(number), String(direction === 'sent'), tradeId, cardId, cardName],
        ...[counterparty.id, counterparty.username, counterparty.name, createdAt],
      ],
    },
    idempotencyRecords: {
      statement: write('idempotency_records', 'user_id, key, request, claimed_at, answer', [
        ...['uuid', 'text', 'text', 'timestamptz', 'json'],
      ]),
      valuesOf: ({ userId, claim: { key, request, claimedAt }, answer }) => [
        ...[userId, key, request, claimedAt, JSON.stringify(answer)],
      ],
    },
    sessions: {
      statement: write('sessions', `digest, ${sessionColumns('last_used_at')}`, [
        ...['bytea', 'uuid', 'uuid', 'timestamptz', 'timestamptz', 'timestamptz', 'text'],
      ]),
      valuesOf: ({ digest, session: { id, userId, createdAt, expiresAt, lastUsedAt, userAgent } }) => [
        ...[`\\x${digest}`, id, userId, createdAt, expiresAt, lastUsedAt, userAgent],
      ],
    },
  };
}
