import { describe, expect, it, vi } from 'vitest';
import { soon } from '../support/client/fake-socket.js';
import { fakeWatching, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();

describe('the listener', () => {
  it('that throws does not end the watch: the error becomes an uncaught one, and the next trade is delivered', async () => {
    const uncaught: unknown[] = [];
    const { queueMicrotask } = globalThis;
    vi.stubGlobal('queueMicrotask', (work: () => void) =>
      queueMicrotask(() => {
        try {
          work();
        } catch (error) {
          uncaught.push(error);
        }
      }),
    );
    const failures = [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ];
    const { network, watch, trades } = await fakeWatching({ listener: () => failures.shift()?.() });
    await network.socket.goLive('t0');
    for (const number of [1, 2, 3]) network.socket.tell(number);
    await soon();
    expect(trades).toEqual(['trade 1', 'trade 2', 'trade 3']);
    expect(uncaught).toEqual([new Error('at once'), new Error('later')]);
    watch.stop();
  });

  it('that returns a promise gets the next trade when it has settled, and the end after the last', async () => {
    const settle: (() => void)[] = [];
    const { network, watch, trades, ends } = await fakeWatching({
      listener: () => new Promise<void>(resolve => settle.push(resolve)),
    });
    await network.socket.goLive('t0');
    for (const number of [1, 2]) network.socket.tell(number);
    network.socket.end(4401);
    await soon();
    expect({ trades, cursor: watch.cursor, ends }).toEqual({ trades: ['trade 1'], cursor: 't1', ends: [] });
    settle.shift()?.();
    await soon();
    expect({ trades, cursor: watch.cursor, ends }).toEqual({ trades: ['trade 1', 'trade 2'], cursor: 't2', ends: [] });
    settle.shift()?.();
    await soon();
    expect(ends).toEqual(['unauthenticated: The session ended. Log in and start a new watch.']);
    expect(watch.state).toBe('ended');
  });

  it('is not called after the stop, even for trades that arrived before', async () => {
    const { network, watch, trades, states, ends } = await fakeWatching({ listener: () => watch.stop() });
    await network.socket.goLive('t0');
    for (const number of [1, 2, 3]) network.socket.tell(number);
    network.socket.end(4401);
    await soon();
    expect({ trades, cursor: watch.cursor, ends }).toEqual({ trades: ['trade 1'], cursor: 't1', ends: [] });
    expect(states).toEqual(['connecting', 'live', 'ended']);
  });
});
