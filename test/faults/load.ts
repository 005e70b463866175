import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage, Tradepost } from '../../src/index.js';
import { StorageUnavailable } from '../../src/index.js';
import type { Person } from '../support/library-users.js';
import { somebody } from '../support/library-users.js';

type Id = Parameters<Storage['trades']['entriesAfter']>[0];

export interface LoadReport {
  readonly acknowledged: number;
  /** Acknowledged trades that are not in the log. */
  readonly lost: number;
  /** Trades in the logs that were not the answer to any key: a key that recorded two has one of them. */
  readonly doubled: number;
  /** Errors that clients received before the answer, all of them `storage_unavailable`. */
  readonly errors: number;
}

/** Clients that each trade one card back and forth with a partner, with a key for each trade, until they are stopped. */
export class Load {
  private isStopping = false;
  private errors = 0;
  private readonly acknowledged = new Map<string, string>();
  private readonly running: Promise<void>[] = [];
  private readonly people: Person[] = [];
  /** When the first trade since `mark` was acknowledged, by `performance.now()`. */
  private firstSince: number | null = null;

  constructor(
    private readonly tradepost: Tradepost,
    private readonly onRequest: (key: string) => void = () => undefined,
  ) {}

  get count(): number {
    return this.acknowledged.size;
  }

  async start(clients: number): Promise<void> {
    for (let client = 0; client < clients; client += 1) {
      const [one, other] = [await somebody(this.tradepost), await somebody(this.tradepost)];
      this.people.push(one, other);
      const { id } = await this.tradepost.addCard({ token: one.token, name: 'Ball' });
      this.running.push(this.trade(`client-${client}`, id, one, other));
    }
  }

  /** Waits until that many trades are acknowledged. */
  async reach(count: number): Promise<void> {
    while (this.count < count) {
      await Promise.race([sleep(5), this.failure()]);
    }
  }

  /** Forgets when trades were acknowledged, for `untilAcknowledged`. */
  mark(): void {
    this.firstSince = null;
  }

  /** Waits for a trade since `mark`, and returns when it was acknowledged. */
  async untilAcknowledged(): Promise<number> {
    while (this.firstSince === null) await Promise.race([sleep(5), this.failure()]);
    return this.firstSince;
  }

  /** Waits for the answers that are due, and compares them with the logs. */
  async stop({ trades }: Storage): Promise<LoadReport> {
    this.isStopping = true;
    await Promise.all(this.running);
    const logged: string[] = [];
    for (const { id } of this.people) {
      const entries = await trades.entriesAfter(id as Id, 0, 1_000_000);
      if (entries.some(({ number }, index) => number !== index + 1)) throw new Error('a log has a gap');
      logged.push(...entries.filter(({ direction }) => direction === 'sent').map(({ tradeId }) => tradeId));
    }
    const known = new Set(this.acknowledged.values());
    const stored = new Set(logged);
    return {
      acknowledged: this.acknowledged.size,
      lost: [...known].filter(id => !stored.has(id)).length + this.acknowledged.size - known.size,
      doubled: logged.filter(id => !known.has(id)).length,
      errors: this.errors,
    };
  }

  private failure(): Promise<never> {
    return Promise.race(this.running).then(() => {
      throw new Error('a client has ended');
    });
  }

  private async trade(name: string, cardId: string, one: Person, other: Person): Promise<void> {
    for (let turn = 0; !this.isStopping; turn += 1) {
      const [from, to] = turn % 2 === 0 ? [one, other] : [other, one];
      const idempotencyKey = `${name}-${turn};`;
      this.onRequest(idempotencyKey);
      const input = { token: from.token, cardId, recipient: { id: to.id }, idempotencyKey };
      this.acknowledged.set(idempotencyKey, await this.sendUntilAnswered(input));
      this.firstSince ??= performance.now();
    }
  }

  private async sendUntilAnswered(input: Parameters<Tradepost['recordTrade']>[0]): Promise<string> {
    for (;;) {
      try {
        return (await this.tradepost.recordTrade(input)).id;
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error;
        this.errors += 1;
        await sleep(50);
      }
    }
  }
}
