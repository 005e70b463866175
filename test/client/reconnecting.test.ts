import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { requestOf, useFakeHttp } from '../support/client/fake-http.js';
import { fakeNetwork, soon } from '../support/client/fake-socket.js';
import { BACKOFF, fakeWatching, URL, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();
useFakeHttp();

describe('a watch that is closed or refused', () => {
  it.each([
    [4401, 'unauthenticated'],
    [1003, 'unsupported_media_type'],
    [1007, 'malformed_request'],
    [1008, 'malformed_request'],
    [1009, 'payload_too_large'],
  ])('ends when it is closed with %i, because another attempt would end the same way', async (code, reason) => {
    const { network, watch, states, ends, trades } = await fakeWatching();
    await network.socket.goLive('t7');
    network.socket.tell(8);
    network.socket.end(code);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(network.sockets).toHaveLength(1);
    expect({ trades, states, ends: ends.map(end => end.split(':')[0]) }).toEqual({
      trades: ['trade 8'],
      states: ['connecting', 'live', 'ended'],
      ends: [reason],
    });
    expect(watch).toMatchObject({ state: 'ended', cursor: 't8' });
  });

  it('ends where the server has lost trades, because another attempt would skip some', async () => {
    const { network, watch, ends } = await fakeWatching();
    await network.socket.goLive('t7');
    network.socket.end(1011, 'the cursor is ahead of the trades');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(network.sockets).toHaveLength(1);
    expect(ends.map(end => end.split(':')[0])).toEqual(['validation_failed']);
    expect(watch.state).toBe('ended');
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
    const { network, watch } = await fakeWatching();
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
      const { network, watch } = await fakeWatching();
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

  it('ends when it is refused for good: a session or a cursor that is not valid', async () => {
    const loggedOut = await fakeWatching();
    loggedOut.network.socket.open();
    loggedOut.network.socket.refuse('sessions.resume', 'unauthenticated');
    const lost = await fakeWatching({ after: 'rubbish' });
    lost.network.socket.open();
    lost.network.socket.answer('sessions.resume', { user: { id: 'ann' } });
    await soon();
    lost.network.socket.refuse('trades.watch', 'validation_failed');
    await vi.advanceTimersByTimeAsync(3_600_000);
    for (const [{ ends, network, watch }, code] of [
      [loggedOut, 'unauthenticated'],
      [lost, 'validation_failed'],
    ] as const) {
      expect(ends).toEqual([`${code}: refused: ${code}`]);
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

  it('drops a server that does not speak the protocol, and tries again', async () => {
    const { network, watch, trades } = await fakeWatching();
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
    network.socket.say('{"jsonrpc":"2.0","id":99,"result":"nobody asked"}');
    await soon();
    expect([watch.state, watch.cursor, trades]).toEqual(['live', 't1', []]);
    watch.stop();
  });

  it('is refused, once, however late the answer of the check arrives', async () => {
    const { network, watch, states, ends } = await fakeWatching();
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    const check = requestOf('/ws');
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    // No other check is sent while one is in progress.
    expect(requestOf('/ws')).toBe(check);
    await check.answer(404, { code: 'route_not_found', detail: 'nothing' });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([watch.state, states.at(-1), ends.length]).toEqual(['refused', 'refused', 1]);
    expect([network.sockets.length, requestOf('/ws') === check]).toEqual([3, true]);
  });

  it('is not refused where a handshake has succeeded before the answer of the check', async () => {
    const { network, watch } = await fakeWatching();
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await network.socket.goLive('t1');
    network.socket.end(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await requestOf('/ws').answer(404, { code: 'route_not_found', detail: 'nothing' });
    expect(watch.state).toBe('connecting');
    await network.socket.goLive('t1');
    expect(watch.state).toBe('live');
    watch.stop();
  });

  it('tries again if the socket cannot even be created', async () => {
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
