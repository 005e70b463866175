import type { Problem } from '../driving/operations/error-table.js';
import type { OperationName } from '../driving/operations/surface.js';
import { type Route, surface } from '../driving/operations/surface.js';
import { asClientError, ClientError, unreachable } from './errors.js';
import type { DebugLog } from './watcher.js';

/** What a request is sent with. */
export interface Credentials {
  /** A bearer token; null if there is none. */
  readonly token: string | null;
  /** Whether to send the browser's cookie. If not, a cookie that the browser has may be another user's. */
  readonly cookie: boolean;
}

export interface HttpParts {
  /** The server's URL without a slash at the end. */
  readonly url: string;
  /** Milliseconds for a request and its answer. */
  readonly timeout: number;
  readonly debug: DebugLog;
}

export type Input = Readonly<Record<string, unknown>>;

/** Calls an operation over HTTP. @throws ClientError */
export async function request(
  { url, timeout, debug }: HttpParts,
  { token, cookie }: Credentials,
  name: OperationName,
  input: Input = {},
): Promise<unknown> {
  const { idempotencyKey, ...rest } = input;
  const { path, query, ...init } = requestOf(surface[name].route, rest);
  const headers = {
    ...init.headers,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': String(idempotencyKey) }),
  };
  const credentials = cookie ? 'include' : 'omit';
  const startedAt = Date.now();
  let status: number | null = null;
  try {
    const signal = AbortSignal.timeout(timeout);
    const answer = await fetch(url + path + query, { ...init, headers, credentials, signal });
    status = answer.status;
    return resultOf(answer, await answer.text());
  } catch (error) {
    throw asClientError(error);
  } finally {
    debug('request', { method: init.method, path, status, milliseconds: Date.now() - startedAt });
  }
}

function requestOf({ method, path }: Route, input: Input) {
  if (method === 'POST') {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    return { method, path, query: '', headers, body: JSON.stringify(input) };
  }
  const query = new URLSearchParams();
  let filled = path;
  for (const [key, value] of Object.entries(input)) {
    if (path.includes(`{${key}}`)) filled = filled.replace(`{${key}}`, encodeURIComponent(String(value)));
    else if (value !== undefined) query.set(key, String(value));
  }
  return { method, path: filled, query: query.size > 0 ? `?${query}` : '', headers: {} };
}

function resultOf(answer: Response, text: string): unknown {
  const type = answer.headers.get('content-type') ?? '';
  if (answer.status === 204) return undefined;
  if (answer.ok && type.startsWith('application/json')) return JSON.parse(text);
  const retryAfter = secondsOf(answer.headers.get('retry-after'));
  if (type.startsWith('application/problem+json')) {
    const problem = JSON.parse(text) as Problem;
    throw new ClientError(problem.detail, problem.code, { problem, retryAfter });
  }
  // The answer of a proxy, or of a network that requires a login of its own.
  throw unreachable(`The answer is not from Tradepost (status ${answer.status}).`, { retryAfter });
}

/** `Retry-After` can also be a date, but Tradepost sends none. */
const secondsOf = (text: string | null): number | null => (text !== null && /^\d+$/.test(text) ? Number(text) : null);
