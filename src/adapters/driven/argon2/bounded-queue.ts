import { Overloaded } from '../../../domain/errors.js';

export interface QueueBounds {
  /** Tasks that run at once. */
  readonly inFlight: number;
  /** Tasks that may wait. One more is refused. */
  readonly waiting: number;
  /** Milliseconds a task may wait before it is refused. */
  readonly patience: number;
}

interface Waiting {
  start(): void;
}

/**
 * Runs a limited number of tasks at once, lets a limited number wait for a limited time, and refuses all others with
 * `Overloaded`. Under a flood some callers are refused at once, instead of all being slow.
 */
export class BoundedQueue {
  private working = 0;
  private readonly queue = new Set<Waiting>();

  constructor(private readonly bounds: QueueBounds) {}

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.working < this.bounds.inFlight) this.working += 1;
    else await this.waitForTurn();
    try {
      return await task();
    } finally {
      this.startNext();
    }
  }

  private waitForTurn(): Promise<void> {
    if (this.queue.size >= this.bounds.waiting) return Promise.reject(this.refusal());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.queue.delete(waiting);
        reject(this.refusal());
      }, this.bounds.patience);
      this.queue.add(waiting);
    });
  }

  /** Starts the next waiting task directly, so that no new task can overtake it. */
  private startNext(): void {
    const [next] = this.queue;
    if (next) {
      this.queue.delete(next);
      next.start();
    } else {
      this.working -= 1;
    }
  }

  private refusal(): Overloaded {
    return new Overloaded(Math.max(1, Math.ceil(this.bounds.patience / 1000)));
  }
}
