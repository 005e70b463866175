import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import type { Readings } from './archive-reads.js';
import { readings } from './archive-reads.js';
import type { Writings } from './archive-writes.js';
import { writings } from './archive-writes.js';
import { finishCopy, holdMark, TABLES } from './copying.js';
import type { Database } from './database.js';
import { statement } from './database.js';
import type { Schema } from './schema.js';

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
      await client.query({ name: statement.name, text: statement.text, values });
    });
  }

  finish(): Promise<void> {
    return finishCopy(this.database, this.schema, this.mark);
  }
}

/** Rows as columns. */
const columnsOf = (rows: readonly (readonly (string | null)[])[]): (string | null)[][] =>
  (rows[0] ?? []).map((_, index) => rows.map(row => row[index] ?? null));
