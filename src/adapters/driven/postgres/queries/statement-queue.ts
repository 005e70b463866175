import type { PoolClient } from 'pg';
import type { Parameter, Statement } from '../statement.js';
import type { Pending } from './pending.js';

/** Runs `work` with a connection of the pool. */
export type WithClient = (work: (client: PoolClient) => Promise<void>) => Promise<void>;

/** How the statements of a queue are run. */
export interface Serving {
  /** The most statements that are sent together. */
  readonly most: number;
  /** Whether a statement can be sent together with others over this connection. */
  canJoin(client: PoolClient, pending: Pending): boolean;
  /** Returns the rows of a statement. */
  runAlone(client: PoolClient, pending: Pending): Promise<unknown[]>;
  /**
   * Runs several statements and gives each its outcome.
   * @throws an error of the connection, when each has its outcome
   */
  runTogether(client: PoolClient, group: readonly Pending[]): Promise<void>;
}

/** Gives statements that wait for a connection to the next one that is free together. */
export class StatementQueue {
  private readonly waiting: Pending[] = [];
  private isClaiming = false;

  constructor(
    private readonly withClient: WithClient,
    private readonly serving: Serving,
  ) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  run<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ statement, values, resolve, reject } as Pending<Row> as Pending);
      if (this.isClaiming) return;
      this.isClaiming = true;
      // Those whose requests arrived together, in one turn of the event loop, go together too.
      setImmediate(() => void this.claim());
    });
  }

  /** Waits for a connection, which then takes what has come until then. Only one claim waits at a time. */
  private async claim(): Promise<void> {
    let hasClient = false;
    try {
      await this.withClient(client => {
        hasClient = true;
        const group = this.take(client);
        this.isClaiming = this.waiting.length > 0;
        if (this.isClaiming) void this.claim();
        return this.serve(client, group);
      });
    } catch (error) {
      // Otherwise each of the group has its outcome.
      if (hasClient) return;
      this.isClaiming = false;
      for (const { reject } of this.waiting.splice(0)) reject(error);
    }
  }

  private take(client: PoolClient): Pending[] {
    const { serving, waiting } = this;
    const most = waiting.slice(0, serving.most);
    const alone = most.findIndex(pending => !serving.canJoin(client, pending));
    return waiting.splice(0, Math.max(alone === -1 ? most.length : alone, 1));
  }

  private async serve(client: PoolClient, group: readonly Pending[]): Promise<void> {
    const [first] = group;
    if (group.length > 1) return this.serving.runTogether(client, group);
    if (!first) return;
    try {
      first.resolve(await this.serving.runAlone(client, first));
    } catch (error) {
      first.reject(error);
      throw error;
    }
  }
}
