import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession, Db, DbOptions, MongoClient, TransactionOptions } from 'mongodb';
import { ReadConcern } from 'mongodb';
import type { Id } from '../../../domain/id.js';
import { Access, SERVER_LIMIT } from './access.js';
import { isRetryable, isUnknownCommit, translateError } from './failures.js';
import { DeadlinePassed, Lanes, withDeadline } from './waiting.js';

/** Milliseconds. */
const TRANSACTION_LIMIT = 3500;
const FIRST_BACKOFF = 4;
const LONGEST_BACKOFF = 250;

/** Milliseconds. */
export interface TimeLimits {
  /** After which the server gives up a command. */
  readonly onServer: number;
  /** After which this process gives up, counted over all commands of a query. */
  readonly here: number;
}

const REQUEST_LIMITS: TimeLimits = { onServer: SERVER_LIMIT, here: 3000 };

/** For work on a whole store. */
export const PATIENT_LIMITS: TimeLimits = { onServer: 600_000, here: 660_000 };

// These override the settings of an application's own client. Reads are majority reads of the primary: anything weaker can
// return a log entry that a change of primary rolls back, and a reader past its number would never see the entry that
// gets the number instead.
const DURABLE = { w: 'majority', journal: true, wtimeoutMS: 2000 } as const;
const OPTIONS = {
  readPreference: 'primary',
  readConcern: new ReadConcern('majority'),
  writeConcern: DURABLE,
  promoteLongs: true,
  promoteValues: true,
  promoteBuffers: false,
  useBigInt64: false,
  ignoreUndefined: false,
  raw: false,
} as const satisfies DbOptions;

const TRANSACTION: TransactionOptions = {
  readPreference: 'primary',
  readConcern: new ReadConcern('snapshot'),
  writeConcern: DURABLE,
  maxCommitTimeMS: 2000,
};

export const openDb = (client: MongoClient, name: string): Db => client.db(name, OPTIONS);

/** All access to the client: commands, transactions with retries, time limits, translated errors. */
export class Database {
  private readonly access: Access;
  private readonly lanes = new Lanes();

  constructor(
    private readonly client: MongoClient,
    readonly db: Db,
    private readonly limits: TimeLimits = REQUEST_LIMITS,
  ) {
    this.access = new Access(db, undefined, limits.onServer);
  }

  /** The same database with other limits. */
  within(limits: TimeLimits): Database {
    return new Database(this.client, this.db, limits);
  }

  /** Runs commands that are not about documents. */
  async command<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    try {
      return await withDeadline(this.limits.here, work(this.db));
    } catch (error) {
      throw translateError(error);
    }
  }

  /** Runs commands outside of transactions. The time limit counts for all of them together. */
  query<Result>(work: (access: Access) => Promise<Result>): Promise<Result> {
    return this.command(() => work(this.access));
  }

  /**
   * Runs `work` in a transaction: all of it takes effect or nothing. Where another transaction was faster, `work` runs
   * again after a random pause, because MongoDB's transactions do not wait for one another. Those of this process do,
   * where they change rows of the same users. Where the answer to a commit is lost, the commit is repeated until its
   * outcome is known. After 3.5 s the outcome stays unknown; an idempotency key makes it safe to try again.
   *
   * The driver's `withTransaction` has no such time limit (docs/decisions/0010).
   */
  async transaction<Result>(users: readonly Id[], work: (access: Access) => Promise<Result>): Promise<Result> {
    const until = performance.now() + TRANSACTION_LIMIT;
    const turn = this.lanes.run(users, () => this.attempts(work, until));
    try {
      return await withDeadline(TRANSACTION_LIMIT, turn);
    } catch (error) {
      throw translateError(error);
    }
  }

  private async attempts<Result>(work: (access: Access) => Promise<Result>, until: number): Promise<Result> {
    // The caller has already received the error.
    if (performance.now() > until) throw new DeadlinePassed(TRANSACTION_LIMIT);
    const session = this.client.startSession({ causalConsistency: false });
    try {
      for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 1.5, LONGEST_BACKOFF)) {
        try {
          return await attempt(session, () => work(new Access(this.db, session, this.limits.onServer)), until);
        } catch (error) {
          const wait = Math.random() * backoff;
          if (!isRetryable(error) || performance.now() + wait > until) throw error;
          await sleep(wait);
        }
      }
    } finally {
      await session.endSession();
    }
  }
}

async function attempt<Result>(session: ClientSession, work: () => Promise<Result>, until: number): Promise<Result> {
  session.startTransaction(TRANSACTION);
  try {
    const result = await work();
    await commit(session, until);
    return result;
  } catch (error) {
    if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
    throw error;
  }
}

async function commit(session: ClientSession, until: number): Promise<void> {
  for (;;) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (!isUnknownCommit(error) || performance.now() > until) throw error;
    }
  }
}
