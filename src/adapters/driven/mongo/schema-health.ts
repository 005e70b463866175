import { NothingToCopy, UNFINISHED_COPY, UnfinishedCopy } from '../../../application/copy/refusals.js';
import type { MigrationReport, StorageHealth } from '../../../application/ports/driven/storage.js';
import type { Database } from './database.js';
import { deploymentProblem } from './deployment.js';
import type { SchemaState } from './migrate.js';
import { migrate, schemaState } from './migrate.js';

/**
 * A database without our collections gets them, so that a first start needs no second command. One that has older ones
 * is left alone: when to change the collections of a database in use is for its operator to say.
 */
export async function prepareSchema(database: Database): Promise<void> {
  const state = await prepareForCopy(database);
  if (state.isCopying) throw new UnfinishedCopy();
}

/** The same, of a store to copy into: there the mark of a copy is no reason to refuse. */
export async function prepareForCopy(database: Database): Promise<SchemaState> {
  await refuseUnfit(database);
  const state = await schemaState(database);
  if (state.applied.length === 0) await migrate(database);
  else refuseOutdated(state);
  return state;
}

/** The same, of a store to copy from: there nothing is made. */
export async function refuseUnreadable(database: Database): Promise<void> {
  const state = await schemaState(database);
  const { databaseName } = database.db;
  if (state.applied.length === 0)
    throw new NothingToCopy(`the database ${databaseName} has no collections of Tradepost`);
  refuseOutdated(state);
  if (state.isCopying) throw new UnfinishedCopy();
}

export async function checkedMigrate(database: Database): Promise<MigrationReport> {
  await refuseUnfit(database);
  return migrate(database);
}

async function refuseUnfit(database: Database): Promise<void> {
  const problem = await database.command(deploymentProblem);
  if (problem !== null) throw new Error(problem);
}

function refuseOutdated(state: SchemaState): void {
  if (state.pending.length > 0) throw new Error(pendingText(state));
}

const pendingText = ({ pending }: SchemaState): string =>
  `The database lacks the migrations ${pending.join(', ')}. Run \`tradepost migrate\` to apply them.`;

/** Whether the store could be opened; changes nothing, does not throw. */
export const schemaHealth = (database: Database): Promise<StorageHealth> => inspect(database).catch(unreachable);

async function inspect(database: Database): Promise<StorageHealth> {
  const problem = await database.command(deploymentProblem);
  if (problem !== null) return { ok: false, detail: problem };
  const state = await schemaState(database);
  const { databaseName } = database.db;
  if (state.applied.length === 0) {
    return {
      ok: true,
      detail: `nothing in ${databaseName} yet; the first start, or \`tradepost migrate\`, sets it up`,
    };
  }
  if (state.pending.length > 0) return { ok: false, detail: pendingText(state) };
  if (state.isCopying) return { ok: false, detail: UNFINISHED_COPY };
  return { ok: true, detail: `database ${databaseName} is up to date (${state.applied.at(-1)})` };
}

export const unreachable = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
