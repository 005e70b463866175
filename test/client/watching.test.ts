import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { fakeNetwork, soon } from '../support/client/fake-socket.js';
import { BACKOFF, fakeWatching, URL, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();

describe('a watch', () => {
  it('identifies itself, says where it starts, and delivers each trade with its cursor', async () => {
    const { network, watch, trades, states } = await fakeWatching();
    expect(network.socket).toMatchObject({
      url: 'wss://cards.example.org/ws?cookie=ignore',
      protocols: ['tradepost.v1'],
    });
    expect(watch.cursor).toBeUndefined();
    network.socket.open();
    expect(network.socket.calls).toMatchObject([{ method: 'sessions.resume', params: { token: 'of ann' } }]);
    await network.socket.goLive('t7');
    expect(network.socket.last('trades.watch')?.params).toEqual({});
    expect(watch).toMatchObject({ state: 'live', cursor: 't7' });
    network.socket.tell(8);
    network.socket.tell(9);
    await soon();
    expect({ trades, states, cursor: watch.cursor }).toEqual({
      trades: ['trade 8', 'trade 9'],
      states: ['connecting', 'live'],
      cursor: 't9',
    });
    watch.stop();
    expect(states).toEqual(['connecting', 'live', 'ended']);
  });

  it('starts at the given cursor', async () => {
    const { network, watch } = await fakeWatching({ after: 't3' });
    expect(watch.cursor).toBe('t3');
    await network.socket.goLive('t3');
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't3' });
    watch.stop();
  });

  it('continues after the last trade when the connection is lost, after a pause', async () => {
    const { network, watch, trades, states } = await fakeWatching();
    await network.socket.goLive('t7');
    network.socket.tell(8);
    network.socket.end(1006);
    await soon();
    expect(watch.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(BACKOFF - 1);
    expect(network.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(network.sockets).toHaveLength(2);
    await network.socket.goLive('t8');
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't8' });
    network.socket.tell(9);
    await soon();
    expect(trades).toEqual(['trade 8', 'trade 9']);
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
    watch.stop();
  });

  it('has its cursor, however soon after the first answer trades arrive', async () => {
    const { network, watch, trades } = await fakeWatching({ after: 't7' });
    network.socket.open();
    network.socket.answer('sessions.resume', { user: { id: 'ann' } });
    await soon();
    network.socket.answer('trades.watch', { cursor: 't7' });
    network.socket.tell(8);
    await soon();
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await network.socket.goLive('t8');
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't8' });
    expect([trades, watch.cursor]).toEqual([['trade 8'], 't8']);
    watch.stop();
  });

  it('ignores a socket that was given up', async () => {
    const { network, watch, trades } = await fakeWatching();
    await network.socket.goLive('t7');
    // The ping is not answered, so the client gives the socket up, whatever still arrives over it.
    await vi.advanceTimersByTimeAsync(25_000 + 10_000);
    const [abandoned] = network.sockets;
    expect(abandoned?.closedWith).toBe(1000);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await network.socket.goLive('t7');
    for (const socket of network.sockets) socket.tell(8);
    abandoned?.end(4401);
    await soon();
    expect(trades).toEqual(['trade 8']);
    expect(watch.state).toBe('live');
    watch.stop();
  });

  it('keeps a connection that answers pings, if only with a refusal', async () => {
    const { network, watch } = await fakeWatching();
    await network.socket.goLive('t7');
    for (const reply of [
      () => network.socket.answer('rpc.ping', null),
      () => network.socket.refuse('rpc.ping', 'rate_limited'),
    ]) {
      await vi.advanceTimersByTimeAsync(25_000);
      reply();
    }
    await vi.advanceTimersByTimeAsync(24_000);
    expect(network.socket.calls.filter(({ method }) => method === 'rpc.ping')).toHaveLength(2);
    expect(network.sockets).toHaveLength(1);
    expect(watch.state).toBe('live');
    watch.stop();
  });

  it('gives up a network that swallows everything after the timeout, at every stage, and terminates the socket if it can', async () => {
    const { network, watch, states } = await fakeWatching();
    const silent = [
      () => undefined,
      () => network.socket.open(),
      async () => {
        network.socket.open();
        network.socket.answer('sessions.resume', { user: { id: 'ann' } });
        await soon();
        expect(network.socket.last('trades.watch')).toBeDefined();
      },
    ];
    for (const [attempt, getTo] of silent.entries()) {
      expect(network.sockets).toHaveLength(attempt + 1);
      await getTo();
      await vi.advanceTimersByTimeAsync(14_999);
      expect(watch.state).toBe('connecting');
      await vi.advanceTimersByTimeAsync(1);
      expect(watch.state).toBe('waiting');
      await vi.advanceTimersByTimeAsync(BACKOFF);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(network.sockets.slice(0, 3).map(({ terminate }) => terminate.mock.calls.length)).toEqual([1, 1, 1]);
    expect(states.filter(state => state === 'live')).toEqual([]);
    await network.socket.goLive('t1');
    expect(watch.state).toBe('live');
    watch.stop();
  });
});

describe('a stop', () => {
  it('at once prevents a socket from being opened', async () => {
    const network = fakeNetwork();
    const onState = vi.fn();
    const client = createClient({ url: URL, token: 't', WebSocket: network.WebSocket });
    client.watchTrades(() => undefined, { onState }).stop();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(network.sockets).toEqual([]);
    expect(onState.mock.calls).toEqual([['ended', null]]);
  });

  it('at any time before it is live ends everything, and there are no more states', async () => {
    const moments: ((network: ReturnType<typeof fakeNetwork>) => unknown)[] = [
      () => undefined,
      ({ socket }) => socket.open(),
      ({ socket }) => {
        socket.open();
        socket.answer('sessions.resume', { user: { id: 'ann' } });
      },
      async ({ socket }) => {
        socket.open();
        socket.answer('sessions.resume', { user: { id: 'ann' } });
        await soon();
        socket.answer('trades.watch', { cursor: 't1' });
      },
      async ({ socket }) => {
        socket.end(1006);
        await soon();
      },
    ];
    for (const getTo of moments) {
      const { network, watch, states, ends } = await fakeWatching();
      // Some states are over before an awaited promise settles.
      const reached = getTo(network);
      if (reached) await reached;
      watch.stop();
      watch.stop();
      const last = states.at(-1);
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(network.sockets).toHaveLength(1);
      expect([last, states.at(-1), states.filter(state => state === 'ended').length, ends]).toEqual([
        'ended',
        'ended',
        1,
        [],
      ]);
      expect(network.socket.isOver).toBe(true);
      network.socket.end(1006);
      await soon();
    }
  });
});
