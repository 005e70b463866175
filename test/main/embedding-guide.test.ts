import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { WebOptions } from '../../src/adapters/driving/http/index.js';
import type { Registered } from '../support/http/http-users.js';
import { cookieOf, login, register } from '../support/http/http-users.js';
import { expectProblem, send } from '../support/http/requests.js';
import type { Project } from '../support/project.js';
import { blocksOf, createProject, link } from '../support/project.js';
import { freePort } from '../support/servers/free-port.js';
import { connect } from '../support/sockets/socket-client.js';
import { freshDatabase } from '../support/stores/temporary-stores.js';

const blocks = blocksOf('docs/embedding.md');

/** Mounts that open a server of their own. */
const SERVERS = ['node-http', 'connect', 'express', 'fastify-middie', 'fastify-express', 'bun', 'deno'];
/** Mounts that export what a server calls. */
const HANDLERS = ['hono', 'next-route'];
const MOUNTS = [...SERVERS, ...HANDLERS];
const OWN_ROUTES = ['fastify-guard', 'read-session', 'login'];
const LOGGERS = ['pino', 'console', 'winston'];

const PACKAGES = [
  '@fastify/express',
  '@fastify/middie',
  '@types/connect',
  '@types/express',
  'connect',
  'express',
  'fastify',
  'hono',
  'pino',
  'winston',
];

/** What Bun and Deno declare, as far as the guide uses it. */
const RUNTIMES = `
declare const Bun: {
  serve(options: {
    port: number;
    fetch(request: Request, server: { requestIP(request: Request): { address: string } | null }): Promise<Response>;
  }): unknown;
};
declare const Deno: {
  serve(
    options: { port: number },
    handler: (request: Request, info: { remoteAddr: { hostname: string } }) => Promise<Response>,
  ): unknown;
};
`;

/** Compiles only where `request.tradepost` has a type that knows its parts, and that it may be missing. */
const TYPED = `
import express from 'express';
import fastify from 'fastify';
import 'tradepost/http';
express().get('/', ({ tradepost }, response) => {
  const name: string | undefined = tradepost?.user.name;
  // @ts-expect-error: no such part
  tradepost?.user.nickname;
  // @ts-expect-error: without a guard it is missing
  response.send(tradepost.user.name, name);
});
fastify().get('/', async ({ raw: { tradepost } }) => {
  const session: string | undefined = tradepost?.session.id;
  // @ts-expect-error: no such part
  tradepost?.session.token;
  // @ts-expect-error: without a guard it is missing
  return tradepost.session.id + session;
});
`;

/** Starts everything in one process. What Bun, Deno, Next.js and @hono/node-server do for a handler is done by node:http. */
const starter = (ports: Readonly<Record<string, number>>): string => `
import { createServer } from 'node:http';
function serve(port, answer) {
  createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, headers, url } = incoming;
    const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
    const response = await answer(new Request('http://' + headers.host + url, { method, headers, body }), incoming);
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  }).listen(port);
}
const addressOf = incoming => incoming.socket.remoteAddress;
globalThis.Bun = {
  serve: ({ port, fetch }) =>
    serve(port, (request, incoming) => fetch(request, { requestIP: () => ({ address: addressOf(incoming) }) })),
};
globalThis.Deno = {
  serve: ({ port }, handle) =>
    serve(port, (request, incoming) => handle(request, { remoteAddr: { hostname: addressOf(incoming) } })),
};
${[...SERVERS, ...OWN_ROUTES, 'express4/express'].map(name => `await import('./${name}.js');`).join('\n')}
const { default: app } = await import('./hono.js');
serve(${ports.hono}, (request, incoming) => app.fetch(request, { incoming }));
const route = await import('./next-route.js');
serve(${ports['next-route']}, request => route[request.method](request));
console.log('started');
`;

/** Has an operation fail, and the failure reported to a logger of the guide. */
const FAILING = `
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { httpHandler } from 'tradepost/http';
for (const name of process.argv.slice(2)) {
  const { logger } = await import('./' + name + '.js');
  const failing = { execute: () => Promise.reject(new Error('what ' + name + ' is told')) };
  const useCases = new Proxy({}, { get: () => failing });
  const secrets = [randomBytes(32).toString('hex')];
  const server = createServer(httpHandler({ useCases }, { secrets, logger })).listen(0);
  await once(server, 'listening');
  await fetch('http://127.0.0.1:' + server.address().port + '/me');
  server.close();
}
`;

let project: Project;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let complaints: readonly string[];
const urls: Record<string, string> = {};
const url = (name: string): string => urls[name] ?? '';

beforeAll(async () => {
  const name = `guide_${randomBytes(6).toString('hex')}`;
  database = await freshDatabase(inject('postgresUrl'), name);
  project = createProject({ packages: PACKAGES, packed: true });
  link(`${project.directory}/express4`, 'express', resolve('node_modules/express4'));
  const ports: Record<string, number> = {};
  const at = async (topic: string, code: string): Promise<string> => {
    const port = await freePort();
    ports[topic] = port;
    urls[topic] = `http://127.0.0.1:${port}`;
    return code.replace('8080', String(port));
  };
  for (const [file, code] of Object.entries(blocks)) {
    // All tests register and log in from one IP address.
    const unlimited = code.replace('createTradepost({ ', "createTradepost({ rateLimits: 'off', ");
    project.write({ [file]: await at(file.replace(/\.ts$/, ''), unlimited) });
  }
  const express4 = (await at('express4', blocks['express.ts'] ?? '')).replace('./tradepost.js', '../tradepost.js');
  project.write({ 'express4/express.ts': express4, 'runtimes.d.ts': RUNTIMES, 'typed.ts': TYPED });
  project.write({ 'start.js': starter(ports), 'failing.js': FAILING });

  // The types of the two plugins of fastify exclude each other.
  const alone = 'fastify-express.ts';
  const others = Object.keys(blocks).filter(file => file !== alone);
  complaints = await Promise.all([
    project.compile([...others, 'express4/express.ts', 'typed.ts', 'runtimes.d.ts']),
    project.compile([alone]),
  ]);
  const SESSION_SECRET = randomBytes(32).toString('base64url');
  await project.start(['start.js'], { DATABASE_URL: database.url, SESSION_SECRET }).printed(/^started$/m);
}, 120_000);
afterAll(async () => {
  await project?.remove();
  await database?.drop();
});

describe('docs/embedding.md, in a project with the package as npm packs it', () => {
  it('has code for each framework and each topic, and mounts Tradepost in at most 10 lines', () => {
    const names = ['tradepost', ...MOUNTS, ...OWN_ROUTES, ...LOGGERS].map(name => `${name}.ts`);
    expect(Object.keys(blocks).toSorted()).toEqual(names.toSorted());
    for (const name of MOUNTS) {
      const lines = blocks[`${name}.ts`]?.split('\n').filter(line => line.trim() !== '');
      expect(lines?.length, name).toBeLessThanOrEqual(10);
    }
  });

  it('has code that compiles, and in which request.tradepost has a type', () => {
    expect(complaints).toEqual(['', '']);
  });

  it.each([...MOUNTS, 'express4'])('registers, logs in and lists through %s', async name => {
    const { person, headers } = await loggedIn(`${url(name)}/api`);
    const origin = url(name);
    const add = (page: string) =>
      send(url(name), '/api/cards', { method: 'POST', headers: { ...headers, origin: page }, body: { name: 'Ace' } });
    expect((await add(origin)).status).toBe(201);
    expectProblem(await add('https://evil.example'), 403, 'origin_forbidden');
    const { json } = await send(url(name), '/api/cards', { headers });
    expect(json.items).toMatchObject([{ name: 'Ace', ownerId: person.id }]);
    expect((await send(url(name), '/cards', { headers })).status).toBe(404);
  });

  it('opens a socket beside the handler', async () => {
    const { headers } = await loggedIn(`${url('node-http')}/api`);
    const socket = `${url('node-http').replace('http:', 'ws:')}/api/ws`;
    const client = await connect(socket, { ...headers, origin: url('node-http') });
    expect(await client.call('cards.list')).toMatchObject({ items: [] });
  });
});

async function loggedIn(base: string): Promise<{ person: Registered; headers: { cookie: string } }> {
  const { origin, pathname } = new URL(base);
  const person = await register(origin, pathname);
  const answer = await login(origin, person, {}, pathname);
  expect(answer.status, answer.text).toBe(200);
  return { person, headers: { cookie: cookieOf(answer) } };
}

describe('routes of the application’s own, as docs/embedding.md has them', () => {
  it.each([
    ['express', 'express'],
    ['express4', 'express4'],
    ['fastify-guard', 'node-http'],
  ])('%s greets who is logged in, and nobody else', async (name, mount) => {
    const { person, headers } = await loggedIn(`${url(mount)}/api`);
    expect(await send(url(name), '/hello', { headers })).toMatchObject({ status: 200, json: { hello: person.name } });
    expectProblem(await send(url(name), '/hello'), 401, 'unauthenticated');
  });

  it.each(['express', 'express4', 'fastify-guard'])(
    'the guard of %s is not bypassed by other spellings',
    async name => {
      for (const path of [
        '/%68ello',
        '//hello',
        '/hello/',
        '/HELLO',
        '/hello;x',
        '/./hello',
        '/x/../hello',
        '/hello?x',
      ]) {
        expect([401, 404], path).toContain((await send(url(name), path)).status);
      }
    },
  );

  it('reads the session on a page for everybody', async () => {
    const { person, headers } = await loggedIn(`${url('express')}/api`);
    expect((await send(url('read-session'), '/', { headers })).json).toEqual({ hello: person.name });
    expect((await send(url('read-session'), '/')).json).toEqual({ hello: 'stranger' });
  });

  it('logs in and out by routes of its own, with the same cookie', async () => {
    const own = url('login');
    const person = await register(own, '/api');
    const { email, password } = person;
    const post = (path: string, headers: object, body?: object) =>
      send(own, path, { method: 'POST', headers: { ...headers }, ...(body && { body }) });
    const answer = await post('/login', { 'user-agent': 'page' }, { email, password });
    expect(answer).toMatchObject({ status: 200, json: { welcome: person.name } });
    const cookie = cookieOf(answer);
    const me = () => send(own, '/api/me', { headers: { cookie } });
    expect((await me()).json).toMatchObject({ user: { id: person.id }, session: { userAgent: 'page' } });
    expectProblem(await post('/logout', { cookie, origin: 'https://evil.example' }), 403, 'origin_forbidden');
    expect((await me()).status).toBe(200);
    const left = await post('/logout', { cookie, origin: own });
    expect([left.status, cookieOf(left)]).toEqual([204, 'session=']);
    expectProblem(await me(), 401, 'unauthenticated');

    expect((await post('/login', {}, { email, password: 'a wrong password' })).json).toMatchObject({
      code: 'invalid_credentials',
    });
    const form = await send(own, '/login', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' });
    expect(form.json).toMatchObject({ code: 'validation_failed' });
    expect((await post('/api/login', {}, { email, password })).status).toBe(404);
  });
});

describe('what docs/embedding.md says besides', () => {
  it('has every option in its table', () => {
    const options: Record<keyof WebOptions, true> = {
      secrets: true,
      allowedOrigins: true,
      trustProxy: true,
      allowedHosts: true,
      cookie: true,
      logger: true,
      only: true,
      without: true,
      basePath: true,
    };
    const [, table = ''] =
      /<!-- table: options -->([\s\S]*?)<!-- end -->/.exec(readFileSync('docs/embedding.md', 'utf8')) ?? [];
    const names = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
      cell.replaceAll('`', '').split(', '),
    );
    expect(names.toSorted()).toEqual(Object.keys(options).toSorted());
  });

  it('reports the cause of an error to each logger', async () => {
    const { ended, output } = project.start(['failing.js', ...LOGGERS]);
    await ended;
    for (const name of LOGGERS) expect(output()).toContain(`what ${name} is told`);
    expect(output().match(/unhandled error/g)).toHaveLength(LOGGERS.length);
  });
});
