import { StorageUnavailable } from '../../domain/errors.js';
import type { SeededRandom } from './random.js';
import type { VirtualTime } from './virtual-time.js';

/** Probabilities of one call or one signal, and milliseconds. */
export interface FaultRates {
  /** The connection breaks before the store received the call: it has no effect. */
  readonly cutBefore: number;
  /** The connection breaks after the call took effect: the process gets an error. */
  readonly cutAfter: number;
  /** The answer is lost: the call took effect, and the process gives up after `ANSWER_TIMEOUT`. */
  readonly lost: number;
  /** The call is stuck: it takes effect only after the process has given up. */
  readonly stuck: number;
  /** Between two statements of one call. */
  readonly cutWithin: number;
  /** A signal is lost for one process. */
  readonly signalLost: number;
  /** A signal arrives twice. */
  readonly signalRepeated: number;
  /** The longest time that a call or an answer travels. */
  readonly latency: number;
  /** The longest time that a signal travels. */
  readonly signalDelay: number;
}

/** No faults; only short delays. */
export const CALM: FaultRates = {
  cutBefore: 0,
  cutAfter: 0,
  lost: 0,
  stuck: 0,
  cutWithin: 0,
  signalLost: 0,
  signalRepeated: 0,
  latency: 8,
  signalDelay: 20,
};

/** Milliseconds after which a process gives up a call. */
export const ANSWER_TIMEOUT = 5000;

/** Milliseconds after which no given up call can take effect any more. */
export const LATEST_EFFECT = 2 * ANSWER_TIMEOUT;

/** What the seed does to one call. */
export type Fate = 'answered' | 'cutBefore' | 'cutAfter' | 'lost' | 'stuck';

/** Decides the fate of calls and signals, and counts the faults. */
export class Faults {
  rates: FaultRates = CALM;
  /** Faults of all processes so far. */
  count = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
    private readonly trace: (line: string) => void,
  ) {}

  /** Returns the fate of the next call. */
  decide(): Fate {
    let drawn = this.random.next();
    for (const fate of ['cutBefore', 'cutAfter', 'lost', 'stuck'] as const) {
      if (drawn < this.rates[fate]) return fate;
      drawn -= this.rates[fate];
    }
    return 'answered';
  }

  /** Returns the error with which a call fails, and counts it. */
  fail(what: string): StorageUnavailable {
    this.count += 1;
    this.trace(`fault: ${what}`);
    return new StorageUnavailable();
  }

  /** A call or an answer travels. */
  travel(): Promise<void> {
    return this.time.sleep(this.random.between(0, this.rates.latency));
  }

  /**
   * A moment between two statements of a store, in which other calls can take effect. The connection may break there.
   *
   * @throws StorageUnavailable
   */
  async pause(): Promise<void> {
    await this.travel();
    if (this.random.chance(this.rates.cutWithin)) throw this.fail('cut between two statements');
  }

  /** Returns after how many milliseconds each copy of a signal arrives; none if it is lost. */
  delaysOfSignal(): readonly number[] {
    if (this.random.chance(this.rates.signalLost)) return [];
    const delay = (): number => this.random.between(0, this.rates.signalDelay);
    return this.random.chance(this.rates.signalRepeated) ? [delay(), delay()] : [delay()];
  }

  /** Returns after how many milliseconds a stuck call takes effect. */
  delayOfStuckCall(): number {
    return this.random.between(ANSWER_TIMEOUT, LATEST_EFFECT - 1);
  }
}
