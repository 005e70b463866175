import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientSession, Db, TransactionOptions } from 'mongodb';
import type { Id } from '../../../domain/id.js';
import { MongoServerError, ReadConcern } from '../../../peers/mongodb.js';
import { Access, SERVER_LIMIT } from './access.js';
import { DURABLE } from './client.js';
import type { Clients, OpenClient } from './clients.js';
import { isRetryable, isUnanswered, isUnknownCommit, translateError } from './failures.js';
import { DeadlinePassed, Lanes, withDeadline } from './waiting.js';

/** Milliseconds. */
const TRANSACTION_LIMIT = 3500;
/** After which its commands are no longer waited for either, so that the next transaction of its users can begin. */
const TRANSACTION_GRACE = 500;
const ENDING_LIMIT = 60_000;
const ENDING_PAUSE = 250;
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

const TRANSACTION: TransactionOptions = {
  readPreference: 'primary',
  readConcern: new ReadConcern('snapshot'),
  writeConcern: DURABLE,
  maxCommitTimeMS: 2000,
};

/** All access to the clients: commands, transactions with retries, time limits, translated errors. */
export class Database {
  private readonly lanes = new Lanes();

  constructor(
    private readonly clients: Clients,
    private readonly limits: TimeLimits = REQUEST_LIMITS,
  ) {}

  get db(): Db {
    return this.clients.current.db;
  }

  /** The same database with other limits. */
  within(limits: TimeLimits): Database {
    return new Database(this.clients, limits);
  }

  /** Runs commands that are not about documents. */
  async command<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.observe(() => withDeadline(this.limits.here, work(this.db)));
  }

  /** Runs commands outside of transactions. The time limit counts for all of them together. */
  query<Result>(work: (access: Access) => Promise<Result>): Promise<Result> {
    return this.command(db => work(new Access(db, undefined, this.limits.onServer)));
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
    return this.observe(() => withDeadline(TRANSACTION_LIMIT, turn));
  }

  /** Reports to the clients whether a server answered, and translates errors. */
  private async observe<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.clients.noteReached();
      return result;
    } catch (error) {
      if (isUnanswered(error)) this.clients.noteFailed();
      throw translateError(error);
    }
  }

  private async attempts<Result>(work: (access: Access) => Promise<Result>, until: number): Promise<Result> {
    const left = until - performance.now();
    // The caller has already received the error.
    if (left < 0) throw new DeadlinePassed(TRANSACTION_LIMIT);
    const { client, db } = this.clients.current;
    const session = client.startSession({ causalConsistency: false });
    const onSession = (): Promise<Result> => work(new Access(db, session, this.limits.onServer));
    try {
      // The driver has waits without a limit; without this one, a stuck command would block its users' lanes for ever.
      const result = await withDeadline(left + TRANSACTION_GRACE, retry(session, onSession, until));
      await session.endSession();
      return result;
    } catch (error) {
      // Not awaited: it may take as long as the outage.
      void (isUnanswered(error) ? this.endOnServer(session) : session.endSession()).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Ends a session on the server, and with it the transaction of which a connection was lost: it would hold its locks for
   * `transactionLifetimeLimitSeconds`, which is 60 s by default. The session is returned to the driver's pool
   * afterwards, so that it cannot be in use when it is ended.
   */
  private async endOnServer(session: ClientSession): Promise<void> {
    const until = performance.now() + ENDING_LIMIT;
    while (performance.now() < until && !this.clients.isClosed) {
      try {
        await withDeadline(this.limits.here, killSession(this.clients.current, session));
        break;
      } catch (error) {
        if (!isUnanswered(error)) break;
      }
      await sleep(ENDING_PAUSE, undefined, { ref: false });
    }
    await session.endSession();
  }
}

const COMMAND_NOT_FOUND = 59;

async function killSession({ client }: OpenClient, { id }: ClientSession): Promise<void> {
  const admin = client.db('admin');
  try {
    await admin.command({ killSessions: [id] });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== COMMAND_NOT_FOUND) throw error;
    await admin.command({ endSessions: [id] });
  }
}

async function retry<Result>(session: ClientSession, work: () => Promise<Result>, until: number): Promise<Result> {
  for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 1.5, LONGEST_BACKOFF)) {
    try {
      return await attempt(session, work, until);
    } catch (error) {
      const wait = Math.random() * backoff;
      if (!isRetryable(error) || performance.now() + wait > until) throw error;
      await sleep(wait);
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
