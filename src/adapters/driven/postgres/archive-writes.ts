import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import { usernameKey } from '../../../domain/user.js';
import type { Statement } from './database.js';
import { statement } from './database.js';
import { CARD_COLUMNS } from './postgres-card-repository.js';
import { sessionColumns } from './postgres-session-repository.js';
import { ENTRY_COLUMNS } from './postgres-trade-log.js';
import type { Schema } from './schema.js';

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
