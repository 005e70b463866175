import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from 'cookie-signature';
import { expect } from 'vitest';
import { httpHandler } from '../../../src/adapters/driving/http/index.js';
import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import { operations } from '../../../src/adapters/driving/operations/index.js';
import type { Tradepost } from '../../../src/index.js';
import { fetchListener, frameworks } from '../../support/servers/frameworks.js';
import type { Caller, Driver, Refusal } from '../driver.js';

/** How a client keeps its session. */
interface Keeping {
  /** Added to the input of `sessions.login`. */
  readonly delivery: object;
  /** The credential in the answer to a login. */
  credential(answer: Response, body: unknown): string;
  headers(credential: string, origin: string): Record<string, string>;
  impostor(): string;
}

const SECRET = 'a secret of the acceptance tests, long enough';
const newToken = (): string => randomBytes(32).toString('base64url');

/** A program: requests the token and sends it as a bearer token. */
const bearer: Keeping = {
  delivery: { delivery: 'token' },
  credential: (_answer, body) => (body as { token: string }).token,
  headers: token => ({ authorization: `Bearer ${token}` }),
  impostor: newToken,
};

/** A browser: gets a cookie and sends the origin of its page. */
const cookie: Keeping = {
  delivery: {},
  credential: answer => {
    const [set] = answer.headers.getSetCookie();
    return set?.split(';')[0] ?? '';
  },
  headers: (pair, origin) => ({ cookie: pair, origin }),
  impostor: () => `session=${sign(newToken(), SECRET)}`,
};

const plain = async (tradepost: Tradepost): Promise<RequestListener> => {
  const handler = httpHandler(tradepost, { secrets: [SECRET] });
  return (request, response) => handler(request, response);
};

export const httpDriver = (tradepost: Tradepost): Promise<Driver> => start(tradepost, bearer, plain);
export const httpCookieDriver = (tradepost: Tradepost): Promise<Driver> => start(tradepost, cookie, plain);

/** A driver for each way of putting Tradepost on a server; operations are under `/api` there. */
export const frameworkDrivers: Readonly<Record<string, (tradepost: Tradepost) => Promise<Driver>>> = Object.fromEntries(
  [
    ...Object.entries(frameworks).map(([name, shell]) => [
      name,
      (tradepost: Tradepost) => start(tradepost, cookie, each => shell(each, { secrets: [SECRET] }), '/api'),
    ]),
    [
      'fetch',
      (tradepost: Tradepost) =>
        start(tradepost, cookie, async each => fetchListener(each, { secrets: [SECRET] }), '/api'),
    ],
  ],
);

async function start(
  tradepost: Tradepost,
  keeping: Keeping,
  listenerFor: (tradepost: Tradepost) => Promise<RequestListener>,
  mount = '',
): Promise<Driver> {
  const server = createServer(await listenerFor(tradepost));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const send = async (name: OperationName, input: unknown, headers: Record<string, string>) => {
    const { path, ...init } = requestOf(name, input);
    const answer = await fetch(origin + mount + path, { ...init, headers: { ...init.headers, ...headers } });
    return { answer, body: await readAnswer(name, answer) };
  };

  return {
    call: async (name, input, caller?: Caller, idempotencyKey?: string) => {
      const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const credentials = caller ? keeping.headers(caller.credential, origin) : {};
      return (await send(name, input, { ...credentials, ...key })).body as never;
    },
    login: async input => {
      const { answer, body } = await send('sessions.login', { ...keeping.delivery, ...input }, {});
      return { caller: { credential: keeping.credential(answer, body) }, result: body as never };
    },
    impostor: () => ({ credential: keeping.impostor() }),
    close: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type OutgoingRequest = { path: string; method: string; headers: Record<string, string>; body?: string };

/** Turns an operation's input into path, query and body, using the table. */
function requestOf(name: OperationName, input: unknown): OutgoingRequest {
  const { method, path } = operations[name].route;
  if (method === 'POST') {
    if (name === 'sessions.logout' && JSON.stringify(input) === '{}') return { path, method, headers: {} };
    return { path, method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) };
  }
  const query = new URLSearchParams();
  let filled: string = path;
  for (const [key, value] of Object.entries(input as object)) {
    if (filled.includes(`{${key}}`)) filled = filled.replace(`{${key}}`, encodeURIComponent(String(value)));
    else if (value !== undefined) query.set(key, String(value));
  }
  return { path: query.size > 0 ? `${filled}?${query}` : filled, method, headers: {} };
}

/** Returns the result of an answer or throws its problem, after checking what all answers have in common. */
async function readAnswer(name: OperationName, answer: Response): Promise<unknown> {
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const text = await answer.text();
  if (!answer.ok) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const problem = JSON.parse(text) as Refusal & { status: number; detail: string };
    expect(problem).toMatchObject({ type: `urn:tradepost:problem:${problem.code}`, status: answer.status });
    throw Object.assign(new Error(problem.detail), problem);
  }
  const { status } = operations[name].route;
  expect(answer.status).toBe(status);
  if (status !== 204) return JSON.parse(text);
  expect(text).toBe('');
  return undefined;
}
