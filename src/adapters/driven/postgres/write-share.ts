import { StorageUnavailable } from '../../../domain/errors.js';

/** Connections that writes leave to reads. */
const LEFT_TO_READS = 2;

/** How many connections of a pool writes may use. At least one. */
export const writeShareOf = (poolSize: number): number => Math.max(1, poolSize - LEFT_TO_READS);

/**
 * Limits how many connections writes use at a time, because all of them can wait for the same thing: a synchronous
 * standby that is away, or a lock. Reads then still have connections. Writes beyond the limit wait in order, for as
 * long as for a connection of the pool.
 */
export class WriteShare {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly size: number,
    /** The longest wait in milliseconds; null for no limit. */
    private readonly longestWait: number | null,
  ) {}

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** @throws StorageUnavailable after the longest wait. Nothing was done then. */
  enter(): Promise<void> | void {
    if (this.running < this.size) {
      this.running += 1;
      return;
    }
    // Under load every write waits here, and an `AbortSignal` for each costs a tenth of a trade's CPU time.
    return new Promise((resolve, reject) => {
      const tooLate = (): void => {
        this.waiting.delete(enter);
        reject(new StorageUnavailable({ cause: new Error('all connections that writes may use are busy') }));
      };
      const timer = this.longestWait === null ? undefined : setTimeout(tooLate, this.longestWait).unref();
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.add(enter);
    });
  }

  /** Hands the connection to the write that has waited longest. */
  leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.running -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}
