import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { requestOf, useFakeHttp } from '../support/client/fake-http.js';
import { type FakeSocket, fakeNetwork, soon } from '../support/client/fake-socket.js';
import { URL, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();
useFakeHttp();

/** A client with a watch from `t0` whose listener takes no second trade until it is released. */
async function slowWatching() {
  const network = fakeNetwork();
  const client = createClient({ url: URL, token: 'of ann', WebSocket: network.WebSocket, backoff: () => 100 });
  const trades: string[] = [];
  const ends: string[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>(open => {
    release = open;
  });
  const watch = client.watchTrades(
    (_trade, cursor) => {
      trades.push(cursor);
      return gate;
    },
    { after: 't0', onEnd: ({ code }) => void ends.push(code) },
  );
  await soon();
  await network.socket.goLive('t0');
  const [socket] = network.sockets;
  return { network, client, watch, trades, ends, release, socket: socket as FakeSocket };
}

function tell(socket: FakeSocket, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) socket.tell(number);
}

const numbers = (to: number): string[] => Array.from({ length: to }, (_, index) => `t${index + 1}`);

describe('a watch whose listener is slow', () => {
  it('leaves its socket at 1,000 waiting trades, and continues after them once they are delivered', async () => {
    const { network, watch, trades, release, socket } = await slowWatching();
    tell(socket, 1, 999);
    expect(socket.isOver).toBe(false);
    socket.tell(1000);
    expect(socket.isOver).toBe(true);
    // What still arrives is ignored.
    tell(socket, 1001, 1100);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([trades, network.sockets.length, watch.state]).toEqual([['t1'], 1, 'live']);
    release();
    await soon();
    expect(trades).toEqual(numbers(1000));
    expect([network.sockets.length, watch.state, watch.cursor]).toEqual([2, 'connecting', 't1000']);
    await network.socket.goLive('t1000');
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't1000' });
    network.socket.tell(1001);
    await soon();
    expect([trades.at(-1), watch.state]).toEqual(['t1001', 'live']);
    watch.stop();
  });

  it('does not hold up another one, whose socket it joins again', async () => {
    const { network, client, watch, trades, release, socket } = await slowWatching();
    const fast: string[] = [];
    const other = client.watchTrades((_trade, cursor) => void fast.push(cursor), { after: 't1000' });
    await soon();
    const second = network.socket;
    await second.goLive('t1000');
    tell(socket, 1, 1000);
    expect([socket.isOver, second.isOver]).toEqual([true, false]);
    release();
    await soon();
    second.tell(1001);
    await soon();
    expect([trades.length, trades.at(-1), fast]).toEqual([1001, 't1001', ['t1001']]);
    expect(network.sockets).toHaveLength(2);
    watch.stop();
    expect(second.isOver).toBe(false);
    other.stop();
    expect(second.isOver).toBe(true);
  });

  it('that is stopped while it is away opens no socket', async () => {
    const { network, watch, trades, release, socket } = await slowWatching();
    tell(socket, 1, 1000);
    await soon();
    watch.stop();
    release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([network.sockets.length, trades]).toEqual([1, ['t1']]);
  });

  it('ends if another user has logged in while it was away, and gets none of their trades', async () => {
    const { network, client, trades, ends, release, socket } = await slowWatching();
    tell(socket, 1, 1000);
    const login = client.login({ username: 'bob', password: 'p' });
    await requestOf('/login').answer(200, { token: 'of bob' });
    await login;
    const bobs = client.watchTrades(() => undefined, { after: 't1000' });
    await soon();
    await network.socket.goLive('t1000', 'bob');
    release();
    await soon();
    network.socket.open();
    network.socket.answer('sessions.resume', { user: { id: 'bob' } });
    await soon();
    expect(ends).toEqual(['unauthenticated']);
    for (const each of network.sockets) each.tell(1001);
    await soon();
    expect(trades).toEqual(numbers(1000));
    bobs.stop();
  });
});
