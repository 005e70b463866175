import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { collectionName } from '../../src/adapters/driven/mongo/collections.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { fetchHandler } from '../../src/adapters/driving/fetch/index.js';
import type { OperationName } from '../../src/adapters/driving/operations/index.js';
import { surface } from '../../src/adapters/driving/operations/index.js';
import type { StorageConnector, Tradepost } from '../../src/index.js';
import type { ServedMetrics } from '../../src/main/metrics.js';
import { loadMetrics } from '../../src/main/metrics.js';
import type { RunningServer } from '../../src/main/server.js';
import { startServer } from '../../src/main/server.js';
import { Canaries, KeptLog } from '../support/canaries.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { cookieOf } from '../support/http/http-users.js';
import type { Outgoing } from '../support/http/requests.js';
import { send } from '../support/http/requests.js';
import { openTradepost } from '../support/library-users.js';
import { SECRET } from '../support/servers/http-server.js';
import { rawConnect } from '../support/sockets/raw-client.js';
import { connect, refusal } from '../support/sockets/socket-client.js';
import type { Leak, LeakingStore } from '../support/stores/leaking.js';
import { LEAKS, leaking } from '../support/stores/leaking.js';
import { describeMongo } from '../support/stores/mongo-database.js';

const NAMES = Object.keys(surface) as OperationName[];
const ROUTES = NAMES.map(name => surface[name].route.path);
const CONFIG = {
  host: '127.0.0.1',
  port: 0,
  allowedOrigins: [],
  trustProxy: [],
  allowedHosts: null,
  maxConnections: 1000,
  console: true,
  rateLimits: null,
};

interface Subject {
  connector(): StorageConnector;
  /** Makes the database itself refuse rows with the mark, so that the driver reports them. */
  refuse?(mark: string): Promise<void>;
}

/** Sends values that must stay secret through everything, and searches logs and errors for them. */
function staysSecret({ connector, refuse }: Subject): void {
  const canaries = new Canaries();
  const log = new KeptLog();
  /** Everything that callers got back with an error. */
  const errors: string[] = [];
  const written = vi.fn();
  let store: LeakingStore;
  let tradepost: Tradepost;
  let server: RunningServer;
  let fetching: ReturnType<typeof fetchHandler>;
  let metrics: ServedMetrics;
  let token: string;
  let cookie: string;

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, method).mockImplementation((...parameters) => written(...parameters));
    }
    store = leaking(connector());
    metrics = (await loadMetrics({ metrics: 'on', metricsToken: null })) ?? expect.fail('no metrics');
    const { observer } = metrics.source;
    const opened = await openTradepost(store.connector, { hashing: cheapHashing, rateLimits: 'off', observer });
    tradepost = opened.tradepost;
    server = await startServer({ tradepost, secrets: [SECRET], config: CONFIG, logger: log.pino, metrics });
    fetching = fetchHandler(tradepost, { secrets: [SECRET], logger: log.console });
    await tradepost.registerUser(canaries.person);
    const { username, password } = canaries.person;
    ({ token } = await tradepost.login({ username, password, delivery: 'token' }));
    canaries.addToken(token);
    cookie = cookieOf(await send(server.url, '/login', { method: 'POST', body: { username, password } }));
    canaries.addToken(decodeURIComponent(cookie).split('=')[1]?.split('.')[0] ?? '');
    canaries.add('the cookie', cookie);
    const account = await opened.storage.users.findAccount({ username: username as never });
    canaries.add('the hash', account?.passwordHash ?? expect.fail('no account'));
  });
  afterAll(async () => {
    store?.fail(null);
    await server?.stop(0);
    await tradepost?.close();
    vi.restoreAllMocks();
  });

  /** Inputs in which every value is a canary. Values of the wrong form are refused, the others arrive at the store. */
  const inputs = (name: OperationName): Record<string, unknown>[] => {
    const { email, username, name: personName, password } = canaries.person;
    const id = '01890a5d-ac96-774b-bcce-b302099a8057';
    const text = canaries.value('text');
    const valid: Partial<Record<OperationName, Record<string, unknown>[]>> = {
      'users.register': [
        { email, username, name: personName, password },
        { email: `x${email}`, username: `${username}2`, name: personName, password },
        { email, username, name: personName, password: password.slice(0, 3) },
      ],
      'sessions.login': [
        { email, password },
        { username, password: `${password} wrong` },
        { email: `y${email}`, password, delivery: 'token' },
        { email, username, password },
      ],
      'sessions.revoke': [{ id }],
      'cards.add': [{ name: text, description: text }],
      'cards.list': [{ limit: 5 }],
      'trades.record': [
        { cardId: id, recipient: { email } },
        { cardId: id, recipient: { username } },
      ],
      'trades.list': [{ limit: 5 }, { after: 't999' }],
    };
    const keys = ['email', 'username', 'name', 'password', 'description', 'delivery', 'id', 'cardId', 'recipient'];
    const wrong = Object.fromEntries([...keys, 'limit', 'after', 'direction', 'except'].map(key => [key, `${text}@@`]));
    return [{}, ...(valid[name] ?? []), wrong, ...Object.entries(wrong).map(([key, value]) => ({ [key]: value }))];
  };

  const keep = (answer: { readonly status: number; readonly headers: unknown; readonly text: string }): void => {
    if (answer.status >= 400) errors.push(JSON.stringify([answer.text, answer.headers]));
  };

  const requestOf = (name: OperationName, input: Record<string, unknown>): { path: string; request: Outgoing } => {
    const { method, path } = surface[name].route;
    const { id = canaries.value('id'), ...rest } = input;
    const target = path.replace('{id}', encodeURIComponent(String(id)));
    const headers = {
      // A login would replace the session.
      ...(surface[name].access === 'session' && { authorization: `Bearer ${token}` }),
      'user-agent': canaries.value('agent'),
      'idempotency-key': canaries.value('key'),
      'x-forwarded-for': canaries.value('address'),
      // A safe one would be used as the id, as its sender wants.
      'x-request-id': `${canaries.value('request')} and spaces`,
      tracestate: canaries.value('tracestate'),
      referer: `https://${canaries.value('referer')}.example/?q=${canaries.value('query')}`,
    };
    if (method === 'POST') return { path: target, request: { method, headers, body: input } };
    const query = new URLSearchParams(
      Object.entries(rest).map(([key, value]) => [key, String(value)] as [string, string]),
    );
    return { path: `${target}?${query}`, request: { method, headers } };
  };

  // A logout or a revocation of all sessions ends the session that the rest needs, unless the store fails.
  const endsSession = (name: OperationName): boolean => ['sessions.logout', 'sessions.revokeAll'].includes(name);

  async function sendEverything(leak: Leak | null): Promise<void> {
    const socket = await connect(`${server.url.replace('http', 'ws')}/ws`, { token });
    store.fail(leak);
    for (const all of [true, false]) {
      // First everything fails, then only what follows the authentication.
      store.fail(leak, all ? undefined : ['users', 'cards', 'trades', 'sessionTrades', 'idempotency']);
      for (const name of NAMES.filter(name => (all ? leak !== null || !endsSession(name) : !endsSession(name)))) {
        // What is refused does not arrive at the store.
        for (const input of leak ? inputs(name).slice(0, 4) : inputs(name)) {
          await viaLibrary(name, input);
          const { path, request } = requestOf(name, input);
          keep(await send(server.url, path, request));
          await viaFetch(path, request);
          const { error } = await socket.ask(name, input).catch(reason => ({ error: String(reason) }));
          if (error) errors.push(JSON.stringify(error));
        }
      }
    }
    store.fail(null);
    socket.socket.terminate();
  }

  async function viaLibrary(name: OperationName, input: Record<string, unknown>): Promise<void> {
    const method = tradepost[surface[name].library] as (input: object) => Promise<unknown>;
    const credentials = surface[name].access === 'session' ? { token } : {};
    await method({ ...input, ...credentials }).catch(error => errors.push(`${error} ${JSON.stringify(error)}`));
  }

  async function viaFetch(path: string, { method = 'GET', headers = {}, body }: Outgoing): Promise<void> {
    const url = `https://cards.example${path}`;
    const sent = { ...(headers as Record<string, string>), ...(body ? { 'content-type': 'application/json' } : {}) };
    const request = new Request(url, { method, headers: sent, ...(body ? { body: JSON.stringify(body) } : {}) });
    const answer = await fetching(request);
    keep({ status: answer.status, headers: [...answer.headers], text: await answer.text() });
  }

  async function expectNothingRevealed(): Promise<void> {
    const { text: scraped } = await send(server.url, '/metrics');
    expect(scraped).toMatch(/^tradepost_requests_total\{/m);
    expect(canaries.in(scraped)).toEqual([]);
    for (const text of [...errors, ...log.lines]) expect(canaries.in(text), text).toEqual([]);
    expect(written).not.toHaveBeenCalled();
    errors.length = 0;
    log.lines.length = 0;
  }

  it('by valid and invalid input of every operation', async () => {
    await sendEverything(null);
    expect(errors.length).toBeGreaterThan(NAMES.length * 10);
    expect(log.lines.length).toBeGreaterThan(NAMES.length * 10);
    await expectNothingRevealed();
  });

  it.each(Object.entries(LEAKS))('by %s', async (_what, leak) => {
    const before = store.failures;
    await sendEverything(leak);
    expect(store.failures - before).toBeGreaterThan(NAMES.length * 2);
    const failures = log.lines.filter(line => /"code":"(?:internal|storage_unavailable)"/.test(line));
    expect(failures.length).toBeGreaterThan(20);
    // A path or a query may hold values of the caller: only the route of the operation is logged.
    const paths = failures.flatMap(line => JSON.parse(line).path ?? []);
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter(path => !ROUTES.includes(path))).toEqual([]);
    await expectNothingRevealed();
  });

  it('by requests that cannot be read', async () => {
    const [text, { password, email }] = [canaries.value('text'), canaries.person];
    const requests: (readonly [string, Outgoing])[] = [
      [
        '/login',
        { method: 'POST', body: `{"password": "${password}`, headers: { 'content-type': 'application/json' } },
      ],
      ['/login', { method: 'POST', body: `${password}`, headers: { 'content-type': 'application/json' } }],
      ['/login', { method: 'POST', body: `password=${password}`, headers: { 'content-type': `text/${text}` } }],
      ['/login', { method: 'POST', body: { password: text.repeat(2000) } }],
      ['/login', { method: 'POST', body: [[[[[[[[[[[password]]]]]]]]]]] }],
      [
        '/login',
        {
          method: 'POST',
          body: Buffer.from([0x22, 0xff, ...Buffer.from(password)]),
          headers: { 'content-type': 'application/json' },
        },
      ],
      [`/login?password=${encodeURIComponent(password)}%ff`, { method: 'POST', body: {} }],
      [`/cards?after=${text}&after=${text}`, {}],
      [`/cards?after=${text}`, { headers: { authorization: `Bearer ${token}` } }],
      [`/trades?after=${text}`, { headers: { authorization: `Bearer ${token}` } }],
      [`/${encodeURIComponent(email)}/${token}`, {}],
      [`/health/live/${text}?${text}`, {}],
      [`/health/ready?token=${token}`, {}],
      [`/sessions/${encodeURIComponent(email)}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }],
      [`/sessions/%ff${text}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }],
      ['/me', { headers: { cookie: `${cookie}x; session=${text}` } }],
      ['/me', { headers: { authorization: `Basic ${text}` } }],
      ['/me', { headers: { authorization: `Bearer ${text}`, cookie } }],
      ['/me', { headers: { 'x-large': text.repeat(2000) } }],
      ['/cards', { method: 'POST', headers: { cookie, origin: `https://${text}.example` }, body: { name: text } }],
      ['/cards', { method: 'PUT', headers: { cookie }, body: { name: text } }],
      ['/me', { headers: { host: `${text}.example, ${text}` } }],
      [`http://${text}.example/${text}?${text}`, {}],
    ];
    for (const [path, request] of requests) keep(await send(server.url, path, request));
    for (const head of [`GET /${text} HTTP/9.9`, `${text} / HTTP/1.1`, `GET / HTTP/1.1\r\n${text}`, text]) {
      const client = await rawConnect(server.url);
      client.socket.write(`${head}\r\n\r\n`);
      await client.gone();
      errors.push(client.text);
    }
    expect(errors.length).toBeGreaterThan(20);
    await expectNothingRevealed();
  });

  it('by sockets', async () => {
    const url = `${server.url.replace('http', 'ws')}/ws`;
    const [text, { password, email }] = [canaries.value('text'), canaries.person];
    const refused = [
      await refusal(url, { token: text }),
      await refusal(`${url}?token=${text}`, { cookie: `${cookie}x`, origin: server.url }),
      await refusal(url, { cookie, origin: `https://${text}.example` }),
      await refusal(`${url}/${text}`, { token }),
      await refusal(url, { token, protocols: [text] }).catch(error => error),
    ];
    errors.push(...refused.map(each => JSON.stringify(each)));
    const messages = [
      `{"password":"${password.replaceAll('"', '\\"')}`,
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: text, params: {} }),
      JSON.stringify({ jsonrpc: text, id: 1, method: 'users.me' }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'users.me', params: [password] }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sessions.resume', params: { token: text } }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sessions.resume', params: { token: text.repeat(20) } }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'trades.watch', params: { after: text } }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'trades.watch', params: { after: 't999999' } }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sessions.login', params: { email, password: `${password}x` } }),
      JSON.stringify([{ jsonrpc: '2.0', id: 1, method: text }]),
      JSON.stringify(password),
    ];
    for (const leak of [null, ...Object.values(LEAKS)]) {
      for (const credentials of [{}, { token }]) {
        for (const message of messages) {
          const client = await connect(url, credentials);
          store.fail(leak);
          errors.push(JSON.stringify(await client.say(message)));
          store.fail(null);
          client.socket.terminate();
        }
      }
    }
    for (const bytes of [Buffer.from(text), `"${text.repeat(2000)}"`]) {
      const client = await connect(url, { token });
      client.socket.send(bytes);
      await client.closed;
      errors.push(JSON.stringify(client.received));
    }
    await expectNothingRevealed();
  });

  if (!refuse) return;

  it('by rows that the database itself refuses', async () => {
    await refuse(canaries.mark);
    const { email, password } = canaries.person;
    const other = { ...canaries.person, email: `z${email}`, username: `${canaries.mark}-z` };
    await viaLibrary('users.register', other);
    keep(await send(server.url, '/register', { method: 'POST', body: other }));
    await viaFetch('/register', { method: 'POST', body: other });
    keep(await send(server.url, '/register', { method: 'POST', body: { ...other, password: `${password}2` } }));
    expect(log.lines.filter(line => /internal/.test(line)).length).toBeGreaterThanOrEqual(3);
    await expectNothingRevealed();
  });
}

const directory = mkdtempSync(join(tmpdir(), 'privacy-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('values of users are revealed neither in logs nor in errors, on memory,', () =>
  staysSecret({ connector: memory }));

describe('values of users are revealed neither in logs nor in errors, on the embedded database,', () =>
  staysSecret({ connector: () => embedded({ directory }) }));

describe('values of users are revealed neither in logs nor in errors, on PostgreSQL,', () => {
  const schema = `privacy_${randomBytes(6).toString('hex')}`;
  staysSecret({
    connector: () => postgres({ url: inject('postgresUrl'), schema }),
    refuse: async mark => {
      const client = new pg.Client({ connectionString: inject('postgresUrl') });
      await client.connect();
      await client.query(
        `ALTER TABLE ${schema}.users ADD CONSTRAINT refused CHECK (email NOT LIKE 'z${mark}%') NOT VALID`,
      );
      await client.end();
    },
  });
});

describeMongo('values of users are revealed neither in logs nor in errors, on MongoDB,', ({ url, client, database }) =>
  staysSecret({
    connector: () => mongo({ url, database }),
    refuse: async mark => {
      const validator = { email: { $not: { $regex: `^z${mark}` } } };
      await client.db(database).command({ collMod: collectionName('users'), validator });
    },
  }),
);
