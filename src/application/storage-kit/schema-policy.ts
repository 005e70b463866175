import { redactMessage, redactText } from '../../domain/redaction.js';
import type { MigrationReport, StorageHealth } from '../ports/driven/storage.js';
import { NothingToCopy, SchemaNewer, SchemaOutdated, UnfinishedCopy } from '../ports/driven/storage-errors.js';

/** The migrations that a store has, and those that the code has. */
export interface SchemaState {
  /** Names of the migrations the store has, in order; none where it has no schema yet. */
  readonly applied: readonly string[];
  /** Names of those it lacks. */
  readonly pending: readonly string[];
  /** Names of those after the newest this version knows. */
  readonly newer: readonly string[];
  /** The store carries the mark of a copy that is running or was broken off. */
  readonly isCopying: boolean;
}

/** The state of a store that keeps the mark of a copy among the names of its migrations, which is read anyway. */
export const schemaStateOf = (
  names: readonly string[],
  migrations: readonly { readonly name: string }[],
  isCopyMark: (name: string) => boolean,
): SchemaState => ({
  applied: names.filter(name => !isCopyMark(name)),
  newer: names.filter(name => !isCopyMark(name) && name > (migrations.at(-1)?.name ?? '')),
  pending: migrations.map(({ name }) => name).filter(name => !names.includes(name)),
  isCopying: names.some(isCopyMark),
});

/** What a store contributes to the policy. */
export interface VersionedSchema {
  /** For people, such as `schema tradepost`. */
  readonly name: string;
  /** Describes a database without this schema, such as `the database has no schema tradepost`. */
  readonly absence: string;
  /** Reads the state and creates nothing. A database without the schema is no error. */
  state(): Promise<SchemaState>;
  /** Applies the pending migrations under a lock. */
  migrate(): Promise<MigrationReport>;
  /** Throws `UnsupportedDeployment` where the server cannot do what Tradepost needs. Left out where every server can. */
  checkDeployment?(): Promise<void>;
}

/**
 * When a schema is created, refused or reported (docs/decisions/0004): a database without the schema gets it at the
 * first start, so that trying out needs no second command. An older schema is refused, because only its operator knows
 * when the tables of a running system may change. A newer schema is refused, because this version does not know what
 * its tables mean. A server that runs already stays ready when the schema becomes newer, so that a migration can precede
 * the replacement of the servers.
 */
export class SchemaPolicy {
  constructor(private readonly schema: VersionedSchema) {}

  /** For opening the store. @throws SchemaNewer, SchemaOutdated, UnfinishedCopy, UnsupportedDeployment */
  async prepare(): Promise<void> {
    refuseUnfinished(await this.prepareForCopy());
  }

  /** For copying into the store: the mark of a copy is accepted. @throws SchemaNewer, SchemaOutdated, UnsupportedDeployment */
  async prepareForCopy(): Promise<SchemaState> {
    await this.schema.checkDeployment?.();
    const state = await this.schema.state();
    if (state.applied.length === 0) await this.schema.migrate();
    else refuseForeign(state);
    return state;
  }

  /** For copying from the store: creates nothing. @throws NothingToCopy, SchemaNewer, SchemaOutdated, UnfinishedCopy */
  async refuseUnreadable(): Promise<void> {
    const state = await this.schema.state();
    if (state.applied.length === 0) throw new NothingToCopy(this.schema.absence);
    refuseForeign(state);
    refuseUnfinished(state);
  }

  /** @throws SchemaNewer, UnsupportedDeployment */
  async migrate(): Promise<MigrationReport> {
    await this.schema.checkDeployment?.();
    refuseNewer(await this.schema.state());
    return this.schema.migrate();
  }

  /** Whether the store could be opened. Changes nothing and does not throw. */
  health(): Promise<StorageHealth> {
    return this.inspect(refuseForeign).catch(unhealthy);
  }

  /** Whether a store that is open can go on serving: also after another version has migrated it. Does not throw. */
  healthWhileOpen(): Promise<StorageHealth> {
    return this.inspect(refuseOutdated).catch(unhealthy);
  }

  private async inspect(refuse: (state: SchemaState) => void): Promise<StorageHealth> {
    await this.schema.checkDeployment?.();
    const state = await this.schema.state();
    const { name, absence } = this.schema;
    if (state.applied.length === 0) {
      return { ok: true, detail: `${absence} yet; the first start, or \`tradepost migrate\`, sets it up` };
    }
    refuse(state);
    refuseUnfinished(state);
    return { ok: true, detail: `${name} is up to date (${state.applied.at(-1)})` };
  }
}

function refuseForeign(state: SchemaState): void {
  refuseNewer(state);
  refuseOutdated(state);
}

function refuseNewer({ newer }: SchemaState): void {
  if (newer.length > 0) throw new SchemaNewer(newer);
}

function refuseOutdated({ pending }: SchemaState): void {
  if (pending.length > 0) throw new SchemaOutdated(pending);
}

function refuseUnfinished({ isCopying }: SchemaState): void {
  if (isCopying) throw new UnfinishedCopy();
}

/** The health of a store whose inspection failed. */
export const unhealthy = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

/**
 * Describes an error in one line for people: its message, followed by its cause in brackets unless the message contains
 * it. Node reports a refused connection as an `AggregateError` without a message, so its parts are listed. Values that
 * drivers put into messages are left out.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return redactText(String(error));
  const message =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map(reasonOf).join(', ')
      : redactMessage(error);
  // Not every driver's `cause` is an error: MongoDB's is a description of the servers.
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : '';
  return message.includes(cause) ? message : `${message} (${cause})`;
}
