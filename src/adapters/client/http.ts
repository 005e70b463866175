import type { Problem } from '../driving/operations/error-table.js';
import type { OperationName } from '../driving/operations/surface.js';
import { type Route, surface } from '../driving/operations/surface.js';
import type { CallOptions } from './client.js';
import { asClientError, ClientError, unreachable } from './errors.js';
import type { DebugLog } from './watcher.js';

/** What a request is sent with. */
export interface Credentials {
  /** A bearer token; null if there is none. */
  readonly token: string | null;
  /** Whether to send the browser's cookie. If not, a cookie that the browser has may be another user's. */
  readonly cookie: boolean;
}

/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Names and values of headers. */
export type HeaderRecord = Readonly<Record<string, string>>;

export interface HttpParts {
  /** The server's URL without a slash at the end. */
  readonly url: string;
  /** Milliseconds for a request and its answer. */
  readonly timeout: number;
  readonly fetch: Fetch;
  /** Returns the application's own headers, for one request. */
  readonly headers: () => HeaderRecord;
  readonly debug: DebugLog;
}

export type Input = Readonly<Record<string, unknown>>;

/** Calls an operation over HTTP. @throws ClientError, or the reason of the signal */
export async function request(
  { url, timeout, fetch, headers, debug }: HttpParts,
  { token, cookie }: Credentials,
  name: OperationName,
  input: Input = {},
  { signal }: CallOptions = {},
): Promise<unknown> {
  signal?.throwIfAborted();
  const { idempotencyKey, ...rest } = input;
  const { path, query, ...init } = requestOf(surface[name].route, rest);
  const own = {
    ...init.headers,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': String(idempotencyKey) }),
  };
  const credentials = cookie ? 'include' : 'omit';
  const startedAt = Date.now();
  const limit = limitTime(timeout, signal);
  let status: number | null = null;
  try {
    const all = { ...inLowerCase(headers()), ...own };
    const answer = await fetch(url + path + query, { ...init, headers: all, credentials, signal: limit.signal });
    status = answer.status;
    return resultOf(answer, await answer.text());
  } catch (error) {
    signal?.throwIfAborted();
    throw asClientError(error);
  } finally {
    limit.release();
    debug('request', { method: init.method, path, status, milliseconds: Date.now() - startedAt });
  }
}

/** Names in lower case, so that the client's own headers replace those of the application. */
const inLowerCase = (headers: HeaderRecord): HeaderRecord =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Returns a signal that is aborted after this time in milliseconds, or with the other signal. `release` forgets the other
 * signal, which may live as long as the application. (`AbortSignal.any` is missing in browsers of before 2024.)
 */
export function limitTime(
  timeout: number,
  other: AbortSignal | undefined,
): { readonly signal: AbortSignal; release(): void } {
  const late = AbortSignal.timeout(timeout);
  if (!other) return { signal: late, release: () => undefined };
  const controller = new AbortController();
  const abort = (): void => controller.abort(other.aborted ? other.reason : late.reason);
  for (const each of [late, other]) each.addEventListener('abort', abort);
  if (other.aborted) abort();
  return {
    signal: controller.signal,
    release: () => {
      for (const each of [late, other]) each.removeEventListener('abort', abort);
    },
  };
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
  if (answer.status === 204) return undefined;
  if (answer.ok && typeOf(answer).startsWith('application/json')) return JSON.parse(text);
  const problem = problemOf(answer, text);
  if (problem) throw problem;
  // The answer of a proxy, or of a network that requires a login of its own.
  throw unreachable(`The answer is not from Tradepost (status ${answer.status}).`, {
    retryAfter: retryAfterOf(answer),
  });
}

/** Returns the problem that the answer has; null if it is not Tradepost's. @throws SyntaxError if it is cut off */
export function problemOf(answer: Response, text: string): ClientError | null {
  if (!typeOf(answer).startsWith('application/problem+json')) return null;
  const problem = JSON.parse(text) as Problem;
  return new ClientError(problem.detail, problem.code, { problem, retryAfter: retryAfterOf(answer) });
}

const typeOf = (answer: Response): string => answer.headers.get('content-type') ?? '';

/** `Retry-After` can also be a date, but Tradepost sends none. */
function retryAfterOf(answer: Response): number | null {
  const text = answer.headers.get('retry-after');
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
