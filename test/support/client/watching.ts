import { expect, onTestFinished, vi } from 'vitest';
import type { Client, Watch, WatchOptions } from '../../../src/adapters/client/index.js';

/** Milliseconds. Short, because there is only one client. */
export const backoff = (): number => 5;

export interface Watching {
  readonly watch: Watch;
  /** Ids in the order of delivery. */
  readonly trades: string[];
  /** Codes of the reasons for its end: at most one. */
  readonly ends: string[];
  live(): Promise<void>;
}

/** Starts a watch, records what it delivers, and stops it after the test. */
export function watching(client: Client, options: WatchOptions = {}): Watching {
  const [trades, ends]: [string[], string[]] = [[], []];
  const onEnd = ({ code }: { code: string }): void => void ends.push(code);
  const watch = client.watchTrades(({ id }) => void trades.push(id), { ...options, onEnd });
  onTestFinished(() => watch.stop());
  return { watch, trades, ends, live: () => vi.waitFor(() => expect(watch.state).toBe('live')) };
}
