import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import { CopyOvertaken, StoreNotEmpty } from '../../../application/ports/driven/storage-errors.js';
import type { Readings, Writings } from './archive-statements.js';
import { readings, writings } from './archive-statements.js';
import type { Database } from './database.js';
import { COPY_MARK_PREFIX, lockMigrations } from './migrate.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';

export class PostgresArchive implements StorageArchive {
  private readonly readings: Readings;

  constructor(
    protected readonly database: Database,
    protected readonly schema: Schema,
    readonly close: () => Promise<void>,
  ) {
    this.readings = readings(schema);
  }

  async read<Collection extends ArchiveCollection>(
    collection: Collection,
    after: ArchiveRows[Collection] | null,
    limit: number,
  ): Promise<ArchiveRows[Collection][]> {
    const reading = this.readings[collection];
    return this.database.query(reading.statement, [...reading.keyOf(after), limit]);
  }

  async count(collection: ArchiveCollection): Promise<number> {
    const table = TABLES[collection];
    const count = statement(
      this.schema.statementName(`count_${table}`),
      `SELECT count(*) FROM ${this.schema.name}.${table}`,
      ([rows]: readonly [number]) => rows,
    );
    return (await this.database.queryOne(count, [])) ?? 0;
  }
}

export class PostgresImport extends PostgresArchive implements StorageImport {
  private readonly writings: Writings;

  constructor(
    database: Database,
    schema: Schema,
    close: () => Promise<void>,
    private readonly mark: string,
  ) {
    super(database, schema, close);
    this.writings = writings(schema);
  }

  async write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void> {
    const { statement, valuesOf } = this.writings[collection];
    const values = columnsOf(rows.map(valuesOf));
    await this.database.transaction(async client => {
      await holdMark(client, this.schema, this.mark);
      // Not prepared, because a batch is large and a pooler may not keep prepared statements.
      await client.query(statement.text, values);
    });
  }

  finish(): Promise<void> {
    return finishCopy(this.database, this.schema, this.mark);
  }
}

/** Rows as columns. */
const columnsOf = (rows: readonly (readonly (string | null)[])[]): (string | null)[][] =>
  (rows[0] ?? []).map((_, index) => rows.map(row => row[index] ?? null));

export const TABLES: Readonly<Record<ArchiveCollection, string>> = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade_entries',
  idempotencyRecords: 'idempotency_records',
  sessions: 'sessions',
};

/** Empties the store of an unfinished copy, marks it and returns the mark: all in one transaction. */
export const beginCopy = (database: Database, schema: Schema): Promise<string> =>
  database.transaction(async client => {
    await lockMigrations(client, schema);
    // Waits for a batch that the earlier copy is writing, and prevents another one.
    const overtaken = await client.query(
      `DELETE FROM ${schema.name}.migrations WHERE name LIKE '${COPY_MARK_PREFIX}%'`,
    );
    if (overtaken.rowCount === 0) await refuseUnlessEmpty(client, schema);
    else await empty(client, schema);
    const mark = COPY_MARK_PREFIX + randomUUID();
    await client.query(`INSERT INTO ${schema.name}.migrations VALUES ($1, now())`, [mark]);
    return mark;
  });

async function refuseUnlessEmpty(client: PoolClient, { name: schema }: Schema): Promise<void> {
  const columns = ARCHIVE_COLLECTIONS.map(each => `EXISTS (SELECT FROM ${schema}.${TABLES[each]}) AS "${each}"`);
  const { rows } = await client.query<Record<ArchiveCollection, boolean>>(`SELECT ${columns}`);
  const held = ARCHIVE_COLLECTIONS.filter(collection => rows[0]?.[collection]);
  if (held.length > 0) throw new StoreNotEmpty(held);
}

/** TRUNCATE takes the same time however many rows there are. */
async function empty(client: PoolClient, { name: schema }: Schema): Promise<void> {
  const tables = [...Object.values(TABLES), 'trade_counters'];
  await client.query(`TRUNCATE ${tables.map(table => `${schema}.${table}`)}`);
}

/** Locks the mark until the transaction ends: the first statement of every batch. @throws CopyOvertaken */
export async function holdMark(client: PoolClient, { name: schema }: Schema, mark: string): Promise<void> {
  const { rows } = await client.query(`SELECT FROM ${schema}.migrations WHERE name = $1 FOR SHARE`, [mark]);
  if (rows.length === 0) throw new CopyOvertaken();
}

/** Removes the mark. @throws CopyOvertaken */
export const finishCopy = (database: Database, { name: schema }: Schema, mark: string): Promise<void> =>
  database.transaction(async client => {
    const { rowCount } = await client.query(`DELETE FROM ${schema}.migrations WHERE name = $1`, [mark]);
    if (rowCount === 0) throw new CopyOvertaken();
  });
