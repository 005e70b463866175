import type { PoolClient } from 'pg';
import { CopyOvertaken, StoreNotEmpty } from '../../../application/copy/refusals.js';
import type { ArchiveCollection } from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import { COPY_MARK_PREFIX, newCopyMark } from './copy-mark.js';
import type { Database } from './database.js';
import { lockMigrations } from './migrate.js';
import type { Schema } from './schema.js';

export const TABLES: Readonly<Record<ArchiveCollection, string>> = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade_entries',
  idempotencyRecords: 'idempotency_records',
  sessions: 'sessions',
};

/** Marks the store, and answers with the mark. One transaction: the store is empty and marked, or nothing was changed. */
export const beginCopy = (database: Database, schema: Schema): Promise<string> =>
  database.transaction(async client => {
    await lockMigrations(client, schema);
    // Waits for the batch that the copy before may be writing, and keeps it from writing another one.
    const broken = await client.query(`DELETE FROM ${schema.name}.migrations WHERE name LIKE '${COPY_MARK_PREFIX}%'`);
    if (broken.rowCount === 0) await refuseUnlessEmpty(client, schema);
    else await empty(client, schema);
    const mark = newCopyMark();
    await client.query(`INSERT INTO ${schema.name}.migrations VALUES ($1, now())`, [mark]);
    return mark;
  });

async function refuseUnlessEmpty(client: PoolClient, { name: schema }: Schema): Promise<void> {
  const columns = ARCHIVE_COLLECTIONS.map(each => `EXISTS (SELECT FROM ${schema}.${TABLES[each]}) AS "${each}"`);
  const { rows } = await client.query<Record<ArchiveCollection, boolean>>(`SELECT ${columns}`);
  const held = ARCHIVE_COLLECTIONS.filter(collection => rows[0]?.[collection]);
  if (held.length > 0) throw new StoreNotEmpty(held);
}

/** At once, however much there is. */
async function empty(client: PoolClient, { name: schema }: Schema): Promise<void> {
  const tables = [...Object.values(TABLES), 'trade_counters'];
  await client.query(`TRUNCATE ${tables.map(table => `${schema}.${table}`)}`);
}

/** Keeps the mark where it is until the transaction ends: what every batch does first. */
export async function holdMark(client: PoolClient, { name: schema }: Schema, mark: string): Promise<void> {
  const { rows } = await client.query(`SELECT FROM ${schema}.migrations WHERE name = $1 FOR SHARE`, [mark]);
  if (rows.length === 0) throw new CopyOvertaken();
}

export const finishCopy = (database: Database, { name: schema }: Schema, mark: string): Promise<void> =>
  database.transaction(async client => {
    const { rowCount } = await client.query(`DELETE FROM ${schema}.migrations WHERE name = $1`, [mark]);
    if (rowCount === 0) throw new CopyOvertaken();
  });
