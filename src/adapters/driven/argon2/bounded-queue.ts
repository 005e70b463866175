import type { HashingLoad } from '../../../application/ports/driven/password-hasher.js';
import { Overloaded } from '../../../domain/errors.js';

export interface QueueBounds {
  /** Tasks that run at once. */
  readonly inFlight: number;
  /** Tasks that may wait, of all clients together. */
  readonly waiting: number;
  /** Milliseconds a task may wait before it is refused. */
  readonly patience: number;
}

interface Waiting {
  start(): void;
  refuse(): void;
}

/**
 * Runs a limited number of tasks at once, lets a limited number wait for a limited time, and refuses all others with
 * `Overloaded`. Under a flood some callers are refused at once, instead of all being slow.
 *
 * Clients share it evenly (max-min fairness), so that a flood of one client is refused at its own expense: waiting tasks
 * start one of each client in turn, and where the queue is full a new task displaces the newest of the client that has the
 * most, if that has at least two more than the new task's client. A client is therefore never refused while it has fewer
 * waiting tasks than its even share. A lone client may use the whole queue.
 */
export class BoundedQueue {
  private working = 0;
  private count = 0;
  private refused = 0;
  /** The waiting tasks of each client that has any, oldest first. The clients are in the order of their turns. */
  private readonly byClient = new Map<string | null, Set<Waiting>>();

  constructor(private readonly bounds: QueueBounds) {}

  get load(): HashingLoad {
    return { running: this.working, waiting: this.count, refused: this.refused };
  }

  /** `client` is opaque. Tasks with `null` count as those of one client. */
  async run<Result>(task: () => Promise<Result>, client: string | null = null): Promise<Result> {
    if (this.working < this.bounds.inFlight) this.working += 1;
    else await this.waitForTurn(client);
    try {
      return await task();
    } finally {
      this.startNext();
    }
  }

  private waitForTurn(client: string | null): Promise<void> {
    if (this.count >= this.bounds.waiting && !this.displaceFor(client)) return Promise.reject(this.refusal());
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.remove(client, waiting);
      };
      const waiting: Waiting = {
        start: () => {
          leave();
          resolve();
        },
        refuse: () => {
          leave();
          reject(this.refusal());
        },
      };
      const timer = setTimeout(() => waiting.refuse(), this.bounds.patience);
      this.add(client, waiting);
    });
  }

  /** Returns false if no client has at least two waiting tasks more than this one. */
  private displaceFor(client: string | null): boolean {
    const own = this.byClient.get(client)?.size ?? 0;
    let longest: ReadonlySet<Waiting> = new Set();
    for (const tasks of this.byClient.values()) if (tasks.size > longest.size) longest = tasks;
    if (longest.size < own + 2) return false;
    [...longest].at(-1)?.refuse();
    return true;
  }

  /** Starts the next waiting task directly, so that no new task can overtake it. */
  private startNext(): void {
    const [turn] = this.byClient;
    if (!turn) {
      this.working -= 1;
      return;
    }
    const [client, tasks] = turn;
    const [next] = tasks;
    // The client's next turn is after those of all others.
    this.byClient.delete(client);
    this.byClient.set(client, tasks);
    next?.start();
  }

  private add(client: string | null, waiting: Waiting): void {
    const tasks = this.byClient.get(client) ?? new Set();
    this.byClient.set(client, tasks.add(waiting));
    this.count += 1;
  }

  private remove(client: string | null, waiting: Waiting): void {
    const tasks = this.byClient.get(client);
    if (!tasks?.delete(waiting)) return;
    this.count -= 1;
    if (tasks.size === 0) this.byClient.delete(client);
  }

  private refusal(): Overloaded {
    this.refused += 1;
    return new Overloaded(Math.max(1, Math.ceil(this.bounds.patience / 1000)));
  }
}
