import { setTimeout as pause } from 'node:timers/promises';
import type { ClientSession, Db, DbOptions, MongoClient, TransactionOptions } from 'mongodb';
import { ReadConcern } from 'mongodb';
import type { Id } from '../../../domain/id.js';
import { Access, SERVER_LIMIT } from './access.js';
import { DeadlinePassed, withDeadline } from './deadline.js';
import { isRetryable, isUnknownCommit, storageError } from './failures.js';
import { Lanes } from './lanes.js';

/** Milliseconds. */
const TRANSACTION_LIMIT = 3500;
const FIRST_BACKOFF = 4;
const LONGEST_BACKOFF = 250;

/** How long a command may take, in milliseconds. */
export interface Limits {
  /** After which the server gives it up. */
  readonly onServer: number;
  /** After which we do, of several commands for all of them. */
  readonly here: number;
}

const REQUEST_LIMITS: Limits = { onServer: SERVER_LIMIT, here: 3000 };

/** For work on the whole of a store. */
export const PATIENT_LIMITS: Limits = { onServer: 600_000, here: 660_000 };

// What the caller's own client is set to counts for nothing here. Reads are of what a majority has, and of the primary:
// anything less can show a log entry that a change of primary takes back, and a reader that went past its number would
// never see the entry that takes its place.
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

export const databaseOf = (client: MongoClient, name: string): Db => client.db(name, OPTIONS);

/** All access to the client: commands, transactions that are tried again, limits of time, errors in our terms. */
export class Database {
  private readonly access: Access;
  private readonly lanes = new Lanes();

  constructor(
    private readonly client: MongoClient,
    readonly db: Db,
    private readonly limits: Limits = REQUEST_LIMITS,
  ) {
    this.access = new Access(db, undefined, limits.onServer);
  }

  /** The same database with other limits. */
  within(limits: Limits): Database {
    return new Database(this.client, this.db, limits);
  }

  /** Commands that are not about documents: what the server is. */
  async command<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    try {
      return await withDeadline(this.limits.here, work(this.db));
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Commands outside of transactions, all of them together within the limit of time. */
  query<Result>(work: (access: Access) => Promise<Result>): Promise<Result> {
    return this.command(() => work(this.access));
  }

  /**
   * What `work` does takes effect as a whole or not at all. It runs again, after a random wait, when another transaction
   * was faster: MongoDB does not let transactions wait for one another. Those of this process do wait, if they change
   * what belongs to the same users. Where the answer to the commit was lost, the
   * commit is repeated until it is known what became of it; where that takes too long, the outcome is not known, and an
   * idempotency key is what makes trying again safe.
   */
  async transaction<Result>(users: readonly Id[], work: (access: Access) => Promise<Result>): Promise<Result> {
    const until = performance.now() + TRANSACTION_LIMIT;
    const turn = this.lanes.run(users, () => this.attempts(work, until));
    try {
      return await withDeadline(TRANSACTION_LIMIT, turn);
    } catch (error) {
      throw storageError(error);
    }
  }

  private async attempts<Result>(work: (access: Access) => Promise<Result>, until: number): Promise<Result> {
    // Whoever asked for it has been told by now that it failed.
    if (performance.now() > until) throw new DeadlinePassed(TRANSACTION_LIMIT);
    const session = this.client.startSession({ causalConsistency: false });
    try {
      for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 1.5, LONGEST_BACKOFF)) {
        try {
          return await attempt(session, () => work(new Access(this.db, session, this.limits.onServer)), until);
        } catch (error) {
          const wait = Math.random() * backoff;
          if (!isRetryable(error) || performance.now() + wait > until) throw error;
          await pause(wait);
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
