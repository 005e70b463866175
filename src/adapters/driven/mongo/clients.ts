import { connect } from 'node:net';
import type { Db, MongoClient } from 'mongodb';
import { openDb } from './client.js';
import { DeadlinePassed, withDeadline } from './waiting.js';

/** A client and the database on it. */
export interface OpenClient {
  readonly client: MongoClient;
  readonly db: Db;
}

export interface ClientsOptions {
  readonly name: string;
  /** Makes another client of the same server. Left out where the client belongs to the application. */
  readonly create?: () => MongoClient;
  /** Receives one line for an operator when a client was replaced, or should be. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Milliseconds. */
const UNREACHABLE_LIMIT = 5000;
const CHECK_INTERVAL = 500;
const PING_LIMIT = 1200;
const CLOSING_LIMIT = 5000;
const CONNECT_LIMIT = 1000;
/** For how long a connection has to stay open to count as accepted: a proxy without a server accepts and closes. */
const OPEN_FOR = 200;

/**
 * The client that commands use. A watchdog replaces it where it reaches no server for 5 s while a new client does.
 *
 * The driver (7.9) can wait for ever: where it writes to a socket that has ended and not yet reported `close`, `write`
 * returns false, and `Connection.writeCommand` then waits for `drain` or `error`, of which neither comes. If that is the
 * connection of the monitor, the server stays unknown and every server selection fails until the process ends
 * (docs/mongodb.md). A client of the application is never replaced; `describeOutage` says what is wrong with it.
 */
export class Clients {
  private inUse: OpenClient;
  private lastReached = performance.now();
  /** When a command first failed to reach a server, after the last one that succeeded. */
  private failingSince: number | null = null;
  private hasWarned = false;
  /** A new client that a check tries. */
  private candidate: MongoClient | undefined;
  private checking: Promise<void> = Promise.resolve();
  private isChecking = false;
  private hasClosed = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    client: MongoClient,
    private readonly options: ClientsOptions,
  ) {
    this.inUse = this.opened(client);
  }

  get isClosed(): boolean {
    return this.hasClosed;
  }

  get current(): OpenClient {
    return this.inUse;
  }

  /** A server has answered. */
  noteReached(): void {
    this.lastReached = performance.now();
    this.failingSince = null;
    this.hasWarned = false;
  }

  /** A command failed without an answer of a server. */
  noteFailed(): void {
    this.failingSince ??= performance.now();
  }

  /** Calls the listener after each replacement. The returned function ends the subscription. */
  onReplacement(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Checks the client from now on until `close`. */
  startWatchdog(): void {
    this.timer ??= setInterval(() => this.check(), CHECK_INTERVAL).unref();
  }

  /**
   * Returns why a client of the application should be replaced; null where its failures have another reason, or where
   * there are none.
   */
  async describeOutage(): Promise<string | null> {
    const { failingSince } = this;
    if (this.options.create || failingSince === null) return null;
    const seconds = Math.round((performance.now() - failingSince) / 1000);
    if (seconds * 1000 < UNREACHABLE_LIMIT) return null;
    const host = await findAccepting(this.inUse.client);
    if (host === null) return null;
    return (
      `The application's MongoClient has reached no server for ${seconds} s, although ${host} accepts connections. ` +
      'Close it, and open the storage again with a new client.'
    );
  }

  /** Closes the client, unless it is the application's. */
  async close(): Promise<void> {
    this.hasClosed = true;
    clearInterval(this.timer);
    this.listeners.clear();
    // A check that is running ends soon, because its commands fail on closed clients.
    await Promise.all([
      this.options.create && discard(this.inUse.client),
      this.candidate && discard(this.candidate),
      this.checking,
    ]);
  }

  private opened(client: MongoClient): OpenClient {
    return { client, db: openDb(client, this.options.name) };
  }

  private check(): void {
    if (this.isChecking || this.hasClosed || performance.now() - this.lastReached < UNREACHABLE_LIMIT) return;
    this.isChecking = true;
    this.checking = this.checkClient()
      // An `onWarning` that throws must not end the process. The next check tries again.
      .catch(() => undefined)
      .finally(() => {
        this.isChecking = false;
      });
  }

  private async checkClient(): Promise<void> {
    const { create } = this.options;
    if (!create) return this.warnOnce();
    if (await this.reachesServer()) return;
    if (this.hasClosed) return;
    const fresh = create();
    this.candidate = fresh;
    const isReplacing = (await isAnswered(this.opened(fresh))) && !(await this.reachesServer()) && !this.hasClosed;
    if (isReplacing) this.replaceBy(fresh);
    else await discard(fresh);
    this.candidate = undefined;
  }

  private async reachesServer(): Promise<boolean> {
    const isReached = await isAnswered(this.inUse);
    if (isReached) this.noteReached();
    return isReached;
  }

  private replaceBy(fresh: MongoClient): void {
    const { client } = this.inUse;
    const seconds = Math.round((performance.now() - this.lastReached) / 1000);
    this.inUse = this.opened(fresh);
    this.noteReached();
    for (const listener of this.listeners) listener();
    void discard(client);
    this.options.onWarning?.(
      `the MongoDB client reached no server for ${seconds} s although a new one does, and was replaced`,
    );
  }

  private async warnOnce(): Promise<void> {
    if (this.hasWarned) return;
    const outage = await this.describeOutage();
    if (outage === null) return;
    this.hasWarned = true;
    this.options.onWarning?.(outage);
  }
}

async function isAnswered({ db }: OpenClient): Promise<boolean> {
  try {
    await withDeadline(PING_LIMIT, db.command({ ping: 1 }));
    return true;
  } catch {
    return false;
  }
}

/** Closes a client that may be stuck. Never throws. */
async function discard(client: MongoClient): Promise<void> {
  await withDeadline(CLOSING_LIMIT, client.close()).catch(() => undefined);
}

/** Returns the first of the client's hosts that accepts a connection and keeps it open; null if none does. */
async function findAccepting({ options: { hosts } }: MongoClient): Promise<string | null> {
  for (const { host, port } of hosts) {
    if (host !== undefined && port !== undefined && (await accepts(host, port))) return `${host}:${port}`;
  }
  return null;
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host).on('error', () => undefined);
  try {
    await withDeadline(
      CONNECT_LIMIT,
      new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    );
    await withDeadline(OPEN_FOR, new Promise(resolve => socket.once('close', resolve)));
    return false;
  } catch (error) {
    return error instanceof DeadlinePassed && !socket.connecting;
  } finally {
    socket.destroy();
  }
}
