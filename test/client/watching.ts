import { expect, onTestFinished, vi } from 'vitest';
import type { Client, Watch, WatchOptions } from '../../src/adapters/client/index.js';

/** Milliseconds; nobody else wants to come back. */
export const backoff = (): number => 5;

export interface Watching {
  readonly watch: Watch;
  /** Ids, in the order they came. */
  readonly trades: string[];
  /** Codes of the reasons it ended for: one at most. */
  readonly ends: string[];
  live(): Promise<void>;
}

/** Keeps what a watch tells, and stops it with the test. */
export function watching(client: Client, options: WatchOptions = {}): Watching {
  const [trades, ends]: [string[], string[]] = [[], []];
  const onEnd = ({ code }: { code: string }): void => void ends.push(code);
  const watch = client.watchTrades(({ id }) => void trades.push(id), { ...options, onEnd });
  onTestFinished(() => watch.stop());
  return { watch, trades, ends, live: () => vi.waitFor(() => expect(watch.state).toBe('live')) };
}
