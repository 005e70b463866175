import { NothingToCopy, UNFINISHED_COPY, UnfinishedCopy } from '../../../application/copy/refusals.js';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import type { Database } from './database.js';
import type { SchemaState } from './migrate.js';
import { migrate, schemaState } from './migrate.js';
import type { Schema } from './schema.js';

/**
 * A database without our schema gets it, so that a first start needs no second command. One that has an older schema is
 * left alone: when to change the tables of a database in use is for its operator to say.
 */
export async function prepareSchema(database: Database, schema: Schema): Promise<void> {
  const state = await prepareForCopy(database, schema);
  if (state.isCopying) throw new UnfinishedCopy();
}

/** The same, of a store to copy into: there the mark of a copy is no reason to refuse. */
export async function prepareForCopy(database: Database, schema: Schema): Promise<SchemaState> {
  const state = await schemaState(database, schema);
  if (state.applied.length === 0) await migrate(database, schema);
  else refuseOutdated(state);
  return state;
}

/** The same, of a store to copy from: there nothing is made. */
export async function refuseUnreadable(database: Database, schema: Schema): Promise<void> {
  const state = await schemaState(database, schema);
  if (state.applied.length === 0) throw new NothingToCopy(`the database has no schema ${schema.name}`);
  refuseOutdated(state);
  if (state.isCopying) throw new UnfinishedCopy();
}

function refuseOutdated(state: SchemaState): void {
  if (state.pending.length > 0) throw new Error(pendingText(state));
}

const pendingText = ({ pending }: SchemaState): string =>
  `The database lacks the migrations ${pending.join(', ')}. Run \`tradepost migrate\` to apply them.`;

/** Whether the store could be opened; changes nothing, does not throw. */
export const schemaHealth = (database: Database, schema: Schema): Promise<StorageHealth> =>
  inspect(database, schema).catch(unreachable);

async function inspect(database: Database, schema: Schema): Promise<StorageHealth> {
  const state = await schemaState(database, schema);
  if (state.applied.length === 0) {
    return { ok: true, detail: `no schema ${schema.name} yet; the first start, or \`tradepost migrate\`, makes it` };
  }
  if (state.pending.length > 0) return { ok: false, detail: pendingText(state) };
  if (state.isCopying) return { ok: false, detail: UNFINISHED_COPY };
  return { ok: true, detail: `schema ${schema.name} is up to date (${state.applied.at(-1)})` };
}

export const unreachable = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
