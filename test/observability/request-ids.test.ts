import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { send } from '../support/http/requests.js';
import { somebody } from '../support/library-users.js';
import type { ObservedServer } from '../support/observability/observed-server.js';
import { startObserved } from '../support/observability/observed-server.js';
import { rawConnect } from '../support/sockets/raw-client.js';
import { connect, refusal } from '../support/sockets/socket-client.js';
import { leaking } from '../support/stores/leaking.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const linesOf = ({ log }: ObservedServer): Record<string, unknown>[] => log.lines.map(line => JSON.parse(line));

/** Waits for the lines of Express, which are written when its answers are closed. */
async function untilLogged(observed: ObservedServer, count: number): Promise<Record<string, unknown>[]> {
  while (observed.log.lines.length < count) await new Promise(resolve => setTimeout(resolve, 2));
  return linesOf(observed);
}

describe('the id of a request', () => {
  it.each([
    '6f1c1f9e-2f0c-4e0e-9f57-2d1a8b1c7d55',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    'Root=1-67891233-abcdef012345678912345678',
    'a',
    'x'.repeat(40),
  ])('is the one it comes with: %s', async id => {
    const observed = await startObserved();
    for (const path of ['/me', '/nowhere', '/health/live', '/openrpc.json']) {
      const answer = await send(observed.server.url, path, { headers: { 'x-request-id': id } });
      expect(answer.headers['x-request-id'], path).toBe(id);
      if (answer.status >= 400) expect(answer.json.requestId).toBe(id);
    }
    const lines = await untilLogged(observed, 4);
    expect(lines.map(({ requestId }) => requestId)).toEqual([id, id, id, id]);
  });

  it.each([
    ['none', undefined],
    ['one that is empty', ''],
    ['one that is long', 'x'.repeat(41)],
    ['a space', 'a b'],
    ['an e-mail address', 'ann@example.org'],
    ['quotation marks', '"a"'],
    ['markup', '<b>'],
    ['a backslash', 'a\\nb'],
    ['another alphabet', 'é'],
    ['two', ['a', 'b']],
  ])('is made where it comes with %s', async (_what, id) => {
    const observed = await startObserved();
    for (const path of ['/me', '/nowhere', '/health/live']) {
      const headers = id === undefined ? {} : { 'x-request-id': id };
      const answer = await send(observed.server.url, path, { headers });
      expect(answer.headers['x-request-id'], path).toMatch(UUID);
      if (answer.status >= 400) expect(answer.json.requestId).toBe(answer.headers['x-request-id']);
    }
    for (const { requestId } of await untilLogged(observed, 3)) expect(requestId).toMatch(UUID);
  });

  it('is in the answer to a request that breaks the rules of HTTP', async () => {
    const { server } = await startObserved();
    const client = await rawConnect(server.url);
    client.socket.write('GET /me HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Request-Id: mine\r\n\r\n');
    await client.gone();
    expect(client.text).toMatch(/^HTTP\/1.1 400 /);
    expect(client.text).toContain('X-Request-Id: mine');
    expect(client.text).toContain('"requestId":"mine"');
  });

  it('of a handshake is in its answer and in every line about its socket', async () => {
    const store = leaking(memory());
    const observed = await startObserved({ storage: store.connector });
    const { token } = await somebody(observed.tradepost);
    const headers = { 'x-request-id': 'my-handshake' };
    const client = await connect(observed.socketUrl, { token, headers });
    store.fail(() => new Error('broken'));
    const { error } = await client.ask('cards.list');
    const { code, requestId } = (error?.data ?? {}) as { code?: string; requestId?: string };
    expect([code, requestId]).toEqual(['internal', expect.stringMatching(UUID)]);
    expect(linesOf(observed)).toEqual([
      expect.objectContaining({
        msg: 'unhandled error',
        handshakeId: 'my-handshake',
        requestId,
      }),
    ]);
    const refused = await refusal(observed.socketUrl, { token, headers });
    expect(refused).toMatchObject({ status: 500, headers: { 'x-request-id': 'my-handshake' } });
    expect(linesOf(observed)[1]).toMatchObject({ requestId: 'my-handshake', path: '/ws' });
    store.fail(null);
  });

  it('is sent with the answer to a handshake', async () => {
    const { socketUrl } = await startObserved();
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(socketUrl, ['tradepost.v1'], { headers: { 'x-request-id': 'given' } });
    const answered = new Promise(resolve => socket.once('upgrade', ({ headers }) => resolve(headers['x-request-id'])));
    expect(await answered).toBe('given');
    socket.terminate();
  });
});

describe('the access log', () => {
  it('has probes and scrapes at debug, and all other requests at info', async () => {
    const observed = await startObserved({ endpoint: 'on' });
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openrpc.json', '/me', '/nowhere']) {
      await send(observed.server.url, path);
    }
    const lines = await untilLogged(observed, 6);
    const levels = Object.fromEntries(lines.map(({ path, level }) => [String(path), level]));
    expect(levels).toEqual({
      '/health/live': 20,
      '/health/ready': 20,
      '/metrics': 20,
      '/openrpc.json': 30,
      '/me': 30,
      undefined: 30,
    });
  });
});
