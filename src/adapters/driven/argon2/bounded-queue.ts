import { Overloaded } from '../../../domain/errors.js';

export interface QueueBounds {
  /** Tasks at work at once. */
  readonly inFlight: number;
  /** Tasks waiting; one more is refused. */
  readonly waiting: number;
  /** Milliseconds a task may wait before it is refused. */
  readonly patience: number;
}

interface Waiting {
  start(): void;
}

/**
 * Lets a bounded number of tasks work, a bounded number wait for a bounded time, and refuses the rest with
 * `Overloaded`: under a flood the answer is a quick no for some, not a slow one for all.
 */
export class BoundedQueue {
  private working = 0;
  private readonly queue = new Set<Waiting>();

  constructor(private readonly bounds: QueueBounds) {}

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.working < this.bounds.inFlight) this.working += 1;
    else await this.turn();
    try {
      return await task();
    } finally {
      this.handOver();
    }
  }

  private turn(): Promise<void> {
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

  /** The place goes to the next in line without ever being free, so nobody can overtake. */
  private handOver(): void {
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
