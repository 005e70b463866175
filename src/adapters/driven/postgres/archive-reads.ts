import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Parameter, Statement } from './database.js';
import { statement } from './database.js';
import type { CardRow } from './postgres-card-repository.js';
import { CARD_COLUMNS, cardOf } from './postgres-card-repository.js';
import type { SessionRow } from './postgres-session-repository.js';
import { sessionColumns, sessionOf } from './postgres-session-repository.js';
import type { EntryRow } from './postgres-trade-log.js';
import { ENTRY_COLUMNS, entryOf } from './postgres-trade-log.js';
import type { UserRow } from './postgres-user-repository.js';
import { userColumns, userOf } from './postgres-user-repository.js';
import type { Schema } from './schema.js';

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
