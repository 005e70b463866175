import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type Client, createClient, type Watch, type WatchState } from '../../../src/adapters/client/index.js';
import { type FakeNetwork, fakeNetwork, soon } from './fake-socket.js';

export const URL = 'https://cards.example.org';
/** Milliseconds before the next attempt. */
export const BACKOFF = 400;

/** Call once per file. Uses fake timers in every test. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    // No unit test reaches a network. A file with `useFakeHttp` replaces this.
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
  });
  afterEach(async () => {
    // A second after its end a watch has no timers left, so a script could end.
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

export interface FakeWatching {
  readonly network: FakeNetwork;
  readonly client: Client;
  readonly watch: Watch;
  readonly trades: string[];
  readonly states: WatchState[];
  /** The reasons for its end, as `code: message`. */
  readonly ends: string[];
}

interface Settings {
  /** Null for a client without a token; the token of ann if omitted. */
  readonly token?: string | null;
  readonly after?: string;
  readonly listener?: () => void | Promise<void>;
}

/** Starts a watch and waits until it needs an answer of the test. */
export async function fakeWatching({ token = 'of ann', listener, ...place }: Settings = {}): Promise<FakeWatching> {
  const network = fakeNetwork();
  const given = token === null ? {} : { token };
  const client = createClient({ url: URL, ...given, WebSocket: network.WebSocket, backoff: () => BACKOFF });
  const [trades, states, ends]: [string[], WatchState[], string[]] = [[], [], []];
  const watch = client.watchTrades(
    trade => {
      trades.push(trade.id);
      return listener?.();
    },
    {
      ...place,
      onState: state => void states.push(state),
      onEnd: ({ code, message }) => void ends.push(`${code}: ${message}`),
    },
  );
  await soon();
  return { network, client, watch, trades, states, ends };
}
