import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClientError, createClient, type WatchOptions, type WatchState } from '../../src/adapters/client/index.js';
import { fakeNetwork, soon } from './fake-socket.js';

const URL = 'https://cards.example.org';
const BACKOFF = 400;

beforeEach(() => void vi.useFakeTimers());
afterEach(async () => {
  // Nothing goes on once a watch is over and a second has passed: a script could end.
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function watching(options: WatchOptions = {}, listener?: () => void | Promise<void>) {
  const network = fakeNetwork();
  const client = createClient({
    url: URL,
    token: 'token of ann',
    WebSocket: network.WebSocket,
    backoff: () => BACKOFF,
  });
  const trades: string[] = [];
  const states: WatchState[] = [];
  const ends: ClientError[] = [];
  const watch = client.watchTrades(
    trade => {
      trades.push(trade.id);
      return listener?.();
    },
    { ...options, onState: state => states.push(state), onEnd: reason => ends.push(reason) },
  );
  await soon();
  return { network, client, watch, trades, states, ends };
}

describe('a watch', () => {
  it('says who it is, where it begins, and hands over each trade with its cursor', async () => {
    const { network, watch, trades, states } = await watching();
    expect(network.socket).toMatchObject({
      url: 'wss://cards.example.org/ws?cookie=ignore',
      protocols: ['tradepost.v1'],
    });
    expect(watch.cursor).toBeUndefined();
    network.socket.open();
    expect(network.socket.calls).toMatchObject([{ method: 'sessions.resume', params: { token: 'token of ann' } }]);
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

  it('begins at a cursor that it is given', async () => {
    const { network, watch } = await watching({ after: 't3' });
    expect(watch.cursor).toBe('t3');
    await network.socket.goLive('t3');
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't3' });
    watch.stop();
  });

  it('goes on behind the last trade that came when the connection is lost, with a pause before', async () => {
    const { network, watch, trades, states } = await watching();
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

  it('takes nothing from a socket that was given up', async () => {
    const { network, watch, trades } = await watching();
    await network.socket.goLive('t7');
    // No answer to the ping: whatever the network does later, it has been given up.
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
    const { network, watch } = await watching();
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

  it('lets a network that swallows everything go after the time-out, wherever it got to, and where it can for good', async () => {
    const { network, watch, states } = await watching();
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

  it.each([
    [4401, 'unauthenticated'],
    [1003, 'unsupported_media_type'],
    [1007, 'malformed_request'],
    [1008, 'malformed_request'],
    [1009, 'payload_too_large'],
  ])('ends when it is closed with %i, for another attempt would end the same way', async (code, reason) => {
    const { network, watch, states, ends, trades } = await watching();
    await network.socket.goLive('t7');
    network.socket.tell(8);
    network.socket.end(code);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(network.sockets).toHaveLength(1);
    expect({ trades, states, ends: ends.map(end => end.code) }).toEqual({
      trades: ['trade 8'],
      states: ['connecting', 'live', 'ended'],
      ends: [reason],
    });
    expect(watch).toMatchObject({ state: 'ended', cursor: 't8' });
  });

  it.each([
    [1000, 0],
    [1001, 0],
    [1006, 0],
    [1011, 5],
    [1012, 0],
    [1013, 5],
    [4408, 0],
    [4429, 60],
    [4999, 0],
  ])('tries again when it is closed with %i, after the pause and %i s', async (code, seconds) => {
    const { network, watch } = await watching();
    await network.socket.goLive('t7');
    network.socket.end(code);
    await vi.advanceTimersByTimeAsync(seconds * 1000 + BACKOFF - 1);
    expect(network.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(network.sockets).toHaveLength(2);
    watch.stop();
  });

  it.each(['sessions.resume', 'trades.watch'])('tries again when %s is refused for a while', async method => {
    for (const [code, retryAfter] of [
      ['rate_limited', 10],
      ['overloaded', 2],
      ['storage_unavailable', 1],
      ['internal'],
    ] as const) {
      const { network, watch } = await watching();
      const { socket } = network;
      socket.open();
      if (method === 'trades.watch') {
        socket.answer('sessions.resume', { user: { id: 'ann' } });
        await soon();
      }
      socket.refuse(method, code, retryAfter);
      await soon();
      expect(socket.closedWith).toBe(1000);
      await vi.advanceTimersByTimeAsync((retryAfter ?? 0) * 1000 + BACKOFF - 1);
      expect(network.sockets).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(network.sockets).toHaveLength(2);
      watch.stop();
    }
  });

  it('ends when it is refused for good: a session that does not hold, a cursor that is none', async () => {
    const loggedOut = await watching();
    loggedOut.network.socket.open();
    loggedOut.network.socket.refuse('sessions.resume', 'unauthenticated');
    const lost = await watching({ after: 'rubbish' });
    lost.network.socket.open();
    lost.network.socket.answer('sessions.resume', { user: { id: 'ann' } });
    await soon();
    lost.network.socket.refuse('trades.watch', 'validation_failed');
    await vi.advanceTimersByTimeAsync(3_600_000);
    for (const [{ ends, network, watch }, code] of [
      [loggedOut, 'unauthenticated'],
      [lost, 'validation_failed'],
    ] as const) {
      expect(ends).toMatchObject([{ code, message: `refused: ${code}`, problem: { code } }]);
      expect(network.sockets).toHaveLength(1);
      expect(network.socket.closedWith).toBe(1000);
      expect(watch.state).toBe('ended');
    }
  });

  it('waits longer from failure to failure, and starts over once it was live', async () => {
    const network = fakeNetwork();
    const backoff = vi.fn(() => 1);
    const client = createClient({ url: URL, token: 't', WebSocket: network.WebSocket, backoff });
    const watch = client.watchTrades(() => undefined);
    await soon();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      network.socket.end(1006);
      await vi.advanceTimersByTimeAsync(1);
    }
    await network.socket.goLive('t1');
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(1);
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(1);
    expect(backoff.mock.calls).toEqual([[1], [2], [3], [1], [2]]);
    watch.stop();
  });

  it('drops a server that speaks something else, and tries again', async () => {
    const { network, watch } = await watching();
    for (const nonsense of ['<html>', '{"id":1,"error":{"code":-32000,"message":"other"}}', 'null']) {
      network.socket.open();
      network.socket.say(nonsense);
      await soon();
      expect(network.socket.closedWith, nonsense).toBe(1000);
      expect(watch.state).toBe('waiting');
      await vi.advanceTimersByTimeAsync(BACKOFF);
    }
    await network.socket.goLive('t1');
    network.socket.say('{"jsonrpc":"2.0","method":"of.a.later.version","params":{}}');
    network.socket.say('{"jsonrpc":"2.0","id":null,"error":{}}');
    expect(watch.state).toBe('live');
    watch.stop();
  });

  it('tries again where the socket cannot even be made', async () => {
    class Refusing {
      constructor() {
        throw new Error('SecurityError');
      }
    }
    const reasons: unknown[] = [];
    const WebSocket = Refusing as unknown as ReturnType<typeof fakeNetwork>['WebSocket'];
    const client = createClient({ url: URL, token: 't', WebSocket, backoff: () => BACKOFF });
    const watch = client.watchTrades(() => undefined, { onState: (_, reason) => reasons.push(reason) });
    await vi.advanceTimersByTimeAsync(BACKOFF);
    expect(reasons.slice(0, 3)).toMatchObject([null, { code: 'unreachable', cause: new Error('SecurityError') }, null]);
    watch.stop();
  });
});

describe('the listener', () => {
  it('that throws is not the end: the error shows as one nobody caught, and the next trade comes', async () => {
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
    const { network, watch, trades } = await watching({}, () => failures.shift()?.());
    await network.socket.goLive('t0');
    for (const number of [1, 2, 3]) network.socket.tell(number);
    await soon();
    expect(trades).toEqual(['trade 1', 'trade 2', 'trade 3']);
    expect(uncaught).toEqual([new Error('at once'), new Error('later')]);
    watch.stop();
  });

  it('that answers a promise gets the next trade when it has settled, and the end after the last', async () => {
    const settle: (() => void)[] = [];
    const { network, watch, trades, ends } = await watching(
      {},
      () => new Promise<void>(resolve => settle.push(resolve)),
    );
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
    expect(ends).toMatchObject([{ code: 'unauthenticated' }]);
    expect(watch.state).toBe('ended');
  });

  it('is not called any more from the moment of the stop, whatever came already', async () => {
    const { network, watch, trades, states, ends } = await watching({}, () => watch.stop());
    await network.socket.goLive('t0');
    for (const number of [1, 2, 3]) network.socket.tell(number);
    network.socket.end(4401);
    await soon();
    expect({ trades, cursor: watch.cursor, ends }).toEqual({ trades: ['trade 1'], cursor: 't1', ends: [] });
    expect(states).toEqual(['connecting', 'live', 'ended']);
  });
});

describe('a stop', () => {
  it('at once lets no socket be opened', async () => {
    const network = fakeNetwork();
    const onState = vi.fn();
    const client = createClient({ url: URL, token: 't', WebSocket: network.WebSocket });
    client.watchTrades(() => undefined, { onState }).stop();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(network.sockets).toEqual([]);
    expect(onState.mock.calls).toEqual([['ended', null]]);
  });

  it('at any time before it is live ends all, and no state comes any more', async () => {
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
      const { network, watch, states, ends } = await watching();
      await getTo(network);
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
