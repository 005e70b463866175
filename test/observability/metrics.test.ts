import { describe, expect, it, onTestFinished } from 'vitest';
import { errorTable, surface } from '../../src/adapters/driving/operations/index.js';
import { socketMethods } from '../../src/adapters/driving/websocket/socket-methods.js';
import type { PasswordHasher } from '../../src/index.js';
import { send } from '../support/http/requests.js';
import { pingPong, somebody } from '../support/library-users.js';
import type { ObservedServer } from '../support/observability/observed-server.js';
import { samplesOf, startObserved } from '../support/observability/observed-server.js';
import { connect, pause, refusal } from '../support/sockets/socket-client.js';

const TOKEN = 'a-token-for-scrapes';

async function scrape({ metrics }: ObservedServer): Promise<ReadonlyMap<string, number>> {
  return samplesOf((await metrics?.source.scrape())?.text ?? '');
}

const request = (operation: string, transport: string, code: string): string =>
  `tradepost_requests_total{operation="${operation}",transport="${transport}",code="${code}"}`;

describe('metrics', () => {
  it('count the calls of every transport, by operation and code, with their durations', async () => {
    const observed = await startObserved({ endpoint: 'on' });
    const { server, tradepost, socketUrl } = observed;
    const { token } = await somebody(tradepost);
    await send(server.url, '/me', { headers: { authorization: `Bearer ${token}` } });
    await send(server.url, '/me');
    await send(server.url, '/cards', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } });
    await send(server.url, '/cards', { method: 'DELETE' });
    await send(server.url, '/nowhere');
    const client = await connect(socketUrl, { token });
    await client.ask('users.me');
    await client.ask('cards.add', { name: '' });
    await client.ask('rpc.ping');
    await client.ask('no.method');
    await client.say('no JSON');
    await refusal(socketUrl, { token: 'wrong' });
    await refusal(socketUrl, { headers: { 'sec-websocket-version': '12' } });
    const samples = await scrape(observed);
    const counts = Object.fromEntries([...samples].filter(([name]) => name.startsWith('tradepost_requests_total')));
    expect(counts).toEqual({
      [request('users.register', 'library', 'ok')]: 1,
      [request('sessions.login', 'library', 'ok')]: 1,
      [request('users.me', 'http', 'ok')]: 1,
      [request('users.me', 'http', 'unauthenticated')]: 1,
      [request('cards.add', 'http', 'malformed_request')]: 1,
      [request('none', 'http', 'method_not_allowed')]: 1,
      [request('none', 'http', 'route_not_found')]: 1,
      [request('users.me', 'websocket', 'ok')]: 1,
      [request('cards.add', 'websocket', 'validation_failed')]: 1,
      [request('rpc.ping', 'websocket', 'ok')]: 1,
      [request('none', 'websocket', 'route_not_found')]: 1,
      [request('none', 'websocket', 'malformed_request')]: 1,
      [request('handshake', 'websocket', 'ok')]: 1,
      [request('handshake', 'websocket', 'unauthenticated')]: 1,
      [request('handshake', 'websocket', 'malformed_request')]: 1,
    });
    expect(samples.get('tradepost_request_duration_seconds_count{operation="users.me",transport="http"}')).toBe(2);
    expect(
      samples.get('tradepost_request_duration_seconds_sum{operation="users.me",transport="http"}'),
    ).toBeGreaterThan(0);
    expect(samples.get('tradepost_requests_running{transport="http"}')).toBe(0);
  });

  it('measure how long a trade takes to its watchers, and leave out trades from before the watch', async () => {
    const observed = await startObserved({ endpoint: 'on' });
    const { tradepost, socketUrl } = observed;
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    await pingPong(tradepost, ann, bob, 3);
    // A millisecond later, because the time of a trade has milliseconds.
    await pause(5);
    const client = await connect(socketUrl, { token: bob.token });
    await client.call('trades.watch', { after: 't0' });
    while (client.trades.length < 3) await pause(2);
    const delivered: string[] = [];
    const stop = await tradepost.watchTrades({ token: ann.token }, ({ id }) => void delivered.push(id));
    onTestFinished(stop);
    await pingPong(tradepost, ann, bob, 2);
    while (client.trades.length < 5 || delivered.length < 2) await pause(2);
    const samples = await scrape(observed);
    expect(samples.get('tradepost_trade_delivery_seconds_count{transport="websocket"}')).toBe(2);
    expect(samples.get('tradepost_trade_delivery_seconds_count{transport="library"}')).toBe(2);
    expect(samples.get('tradepost_trade_delivery_seconds_bucket{le="1",transport="websocket"}')).toBe(2);
  });

  it('show sockets by state, and the queue of hashes', async () => {
    const observed = await startObserved({
      endpoint: 'on',
      hashing: { memoryCost: 65_536, timeCost: 10, inFlight: 1, waiting: 1 },
    });
    const { tradepost, socketUrl } = observed;
    const { token } = await somebody(tradepost);
    await connect(socketUrl, { token });
    await connect(socketUrl);
    await connect(socketUrl);
    const samples = await scrape(observed);
    const states = ['opening', 'anonymous', 'session'].map(state => samples.get(`tradepost_sockets{state="${state}"}`));
    expect(states).toEqual([0, 2, 1]);
    const logins = Promise.allSettled(
      Array.from({ length: 4 }, () => tradepost.login({ username: 'nobody', password: 'a wrong password' })),
    );
    while (tradepost.load().hashing?.refused !== 2) await pause(1);
    const busy = await scrape(observed);
    await logins;
    const values = ['running', 'waiting', 'refused_total'].map(name => busy.get(`tradepost_hashing_${name}`));
    expect(values).toEqual([1, 1, 2]);
  });

  it('have event loop, memory and process, and nothing of a pool where the store has none', async () => {
    const samples = await scrape(await startObserved({ endpoint: 'on' }));
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ]) {
      expect(samples.get(name), name).toBeGreaterThan(0);
    }
    expect([...samples.keys()].filter(name => name.startsWith('tradepost_pool'))).toEqual([]);
  });

  it('have labels with few values, whatever callers send', async () => {
    const observed = await startObserved({ endpoint: 'on' });
    const { server, socketUrl, tradepost } = observed;
    const { token } = await somebody(tradepost);
    const headers = { authorization: `Bearer ${token}`, traceparent: 'nonsense', 'x-request-id': 'nonsense' };
    for (let each = 0; each < 50; each += 1) {
      const client = await connect(socketUrl, { token });
      await send(server.url, `/sessions/${each}`, { method: 'DELETE', headers });
      await send(server.url, `/path-${each}?q=${each}`, { method: each % 2 ? 'PUT' : 'PROPFIND' });
      await client.ask(`method-${each}`);
      await client.ask('toString');
      client.socket.close();
      await client.closed;
    }
    const operations = new Set<string>([...Object.keys(surface), ...Object.keys(socketMethods), 'handshake', 'none']);
    const codes = new Set<string>([...Object.keys(errorTable), 'ok']);
    const labels = [...(await scrape(observed)).keys()].filter(name => name.startsWith('tradepost_request'));
    expect(labels.length).toBeGreaterThan(20);
    for (const name of labels) {
      const [, operation = 'none'] = /operation="([^"]*)"/.exec(name) ?? [];
      const [, code = 'ok'] = /code="([^"]*)"/.exec(name) ?? [];
      expect([operations.has(operation), codes.has(code)], name).toEqual([true, true]);
    }
  });
});

describe('the endpoint of metrics', () => {
  it('is nowhere by default', async () => {
    const { server, tradepost } = await startObserved();
    expect(server.metricsUrl).toBeNull();
    expect(tradepost.observer).toBeUndefined();
    expect(await send(server.url, '/metrics')).toMatchObject({ status: 404, json: { code: 'route_not_found' } });
  });

  it('is the server itself: for allowed hosts only, and with the token only', async () => {
    const { server } = await startObserved({ endpoint: 'on', token: TOKEN });
    expect(server.metricsUrl).toBe(`${server.url}/metrics`);
    const ask = (headers: Record<string, string>) => send(server.url, '/metrics', { headers });
    for (const authorization of [
      '',
      'Bearer',
      'Bearer wrong',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
    ]) {
      const refused = await ask({ authorization });
      expect(refused, authorization).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
      expect(refused.headers['www-authenticate']).toBe('Bearer');
      expect(refused.text).not.toContain('tradepost_requests_total');
    }
    const authorization = `Bearer ${TOKEN}`;
    expect(await ask({ authorization, host: 'rebound.example' })).toMatchObject({ status: 421 });
    const scraped = await ask({ authorization });
    expect(scraped.status).toBe(200);
    expect(scraped.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(scraped.headers['cache-control']).toBe('no-store');
    expect(samplesOf(scraped.text).size).toBeGreaterThan(20);
    expect(await send(server.url, '/metrics', { method: 'POST', headers: { authorization } })).toMatchObject({
      status: 404,
    });
  });

  it('is a listener of its own, and not the server then', async () => {
    const { server } = await startObserved({ endpoint: { host: '127.0.0.1', port: 0 }, token: TOKEN });
    const url = server.metricsUrl ?? '';
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(url).not.toContain(server.url);
    expect((await send(server.url, '/metrics', { headers })).status).toBe(404);
    expect((await send(url, '/metrics', { headers })).status).toBe(200);
    expect((await send(url, '/metrics')).status).toBe(401);
    expect((await send(url, '/metrics', { method: 'HEAD', headers })).text).toBe('');
    expect((await send(url, '/metrics', { method: 'POST', headers })).status).toBe(405);
    expect((await send(url, '/me', { headers })).status).toBe(404);
    expect((await send(url, '/metrics', { headers: { ...headers, host: 'rebound.example' } })).status).toBe(421);
  });

  it('is refused where its port is taken, and the server does not stay open', async () => {
    const { server } = await startObserved();
    const { hostname: host, port } = new URL(server.url);
    await expect(startObserved({ endpoint: { host, port: Number(port) } })).rejects.toThrow('EADDRINUSE');
  });
});

describe('a hasher of an application', () => {
  it('that does not count has no queue in the metrics', async () => {
    const hasher: PasswordHasher = { hash: async () => 'x', verify: async () => ({ matches: false, outdated: false }) };
    expect(hasher.load).toBeUndefined();
    const { source } =
      (await import('../../src/main/metrics.js').then(({ loadMetrics }) =>
        loadMetrics({ metrics: 'on', metricsToken: null }),
      )) ?? expect.fail('no metrics');
    source.watch({
      load: () => ({ hashing: null, pool: null }),
      sockets: () => ({ opening: 0, anonymous: 0, session: 0 }),
    });
    expect((await source.scrape()).text).not.toContain('tradepost_hashing');
  });
});
