import type { MigrationReport, StorageHealth } from '../ports/driven/storage.js';
import {
  NothingToCopy,
  SchemaForeign,
  SchemaNewer,
  SchemaOutdated,
  UnfinishedCopy,
} from '../ports/driven/storage-errors.js';
import { clockWarning } from './clock-skew.js';
import { unhealthy, unusable } from './reasons.js';

export interface SchemaState {
  /** Names of the migrations the store has, in order; none where it has no schema yet. */
  readonly applied: readonly string[];
  /** Names of those it lacks. */
  readonly pending: readonly string[];
  /** Names of those after the newest this version knows. */
  readonly newer: readonly string[];
  /** The store carries the mark of a copy that is running or was broken off. */
  readonly isCopying: boolean;
  /** Names of the tables it holds although none of the known migrations is applied; none if left out. */
  readonly foreign?: readonly string[];
}

/**
 * The state of a store that keeps the mark of a copy among the names of its migrations, which is read anyway. `tables`:
 * the other tables that it holds.
 */
export const schemaStateOf = (
  names: readonly string[],
  migrations: readonly { readonly name: string }[],
  isCopyMark: (name: string) => boolean,
  tables: readonly string[] = [],
): SchemaState => ({
  applied: names.filter(name => !isCopyMark(name)),
  newer: names.filter(name => !isCopyMark(name) && name > (migrations.at(-1)?.name ?? '')),
  pending: migrations.map(({ name }) => name).filter(name => !names.includes(name)),
  isCopying: names.some(isCopyMark),
  foreign: migrations.some(({ name }) => names.includes(name)) ? [] : tables,
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
  /** Returns the time of the server's clock, in milliseconds since 1970. Left out where it is this process's. */
  clock?(): Promise<number>;
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

  /** For opening the store. @throws SchemaForeign, SchemaNewer, SchemaOutdated, UnfinishedCopy, UnsupportedDeployment */
  async prepare(): Promise<void> {
    refuseUnfinished(await this.prepareForCopy());
  }

  /**
   * For copying into the store: the mark of a copy is accepted.
   *
   * @throws SchemaForeign, SchemaNewer, SchemaOutdated, UnsupportedDeployment
   */
  async prepareForCopy(): Promise<SchemaState> {
    await this.schema.checkDeployment?.();
    const state = await this.readOwnState();
    if (state.applied.length === 0) await this.schema.migrate();
    else refuseOtherVersions(state);
    return state;
  }

  /** For copying from the store: creates nothing. @throws NothingToCopy, SchemaNewer, SchemaOutdated, UnfinishedCopy */
  async refuseUnreadable(): Promise<void> {
    const state = await this.readOwnState();
    if (state.applied.length === 0) throw new NothingToCopy(this.schema.absence);
    refuseOtherVersions(state);
    refuseUnfinished(state);
  }

  /** @throws SchemaForeign, SchemaNewer, UnsupportedDeployment */
  async migrate(): Promise<MigrationReport> {
    await this.schema.checkDeployment?.();
    refuseNewer(await this.readOwnState());
    return this.schema.migrate();
  }

  /** Whether the store could be opened, with warnings. Changes nothing and does not throw. */
  async health(): Promise<StorageHealth> {
    try {
      const health = await this.inspect(refuseOtherVersions);
      const warnings = await this.warnings();
      return warnings.length === 0 ? health : { ...health, warnings };
    } catch (error) {
      return unusable(error);
    }
  }

  /** What an operator should know about a store that can be opened: a clock that differs. Changes nothing. */
  async warnings(): Promise<string[]> {
    if (!this.schema.clock) return [];
    const warning = await clockWarning(() => this.schema.clock?.() ?? Promise.resolve(Date.now()));
    return warning === null ? [] : [warning];
  }

  /** Whether a store that is open can go on serving: also after another version has migrated it. Does not throw. */
  healthWhileOpen(): Promise<StorageHealth> {
    return this.inspect(refuseOutdated).catch(unhealthy);
  }

  private async inspect(refuse: (state: SchemaState) => void): Promise<StorageHealth> {
    await this.schema.checkDeployment?.();
    const state = await this.readOwnState();
    const { name, absence } = this.schema;
    if (state.applied.length === 0) {
      return { ok: true, detail: `${absence} yet; the first start, or \`tradepost migrate\`, sets it up` };
    }
    refuse(state);
    refuseUnfinished(state);
    return { ok: true, detail: `${name} is up to date (${state.applied.at(-1)})` };
  }

  /** @throws SchemaForeign */
  private async readOwnState(): Promise<SchemaState> {
    const state = await this.schema.state();
    if (state.foreign && state.foreign.length > 0) throw new SchemaForeign(this.schema.name, state.foreign);
    return state;
  }
}

function refuseOtherVersions(state: SchemaState): void {
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
