import type { OperationName, Problem } from '../driving/operations/index.js';
import { calls } from './calls.js';
import { asClientError, ClientError, unreachable } from './errors.js';

/** What a request is sent with. */
export interface Credentials {
  /** A bearer token; null where there is none. */
  readonly token: string | null;
  /** Whether the browser's cookie is meant; one that happens to be there is somebody else's otherwise. */
  readonly cookie: boolean;
}

export interface HttpParts {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  /** Milliseconds for the whole of a request. */
  readonly timeout: number;
}

export type Input = Readonly<Record<string, unknown>>;

/** An operation over HTTP: its result, or a ClientError. */
export async function request(
  { url, timeout }: HttpParts,
  { token, cookie }: Credentials,
  name: OperationName,
  input: Input = {},
): Promise<unknown> {
  const { idempotencyKey, ...rest } = input;
  const { path, ...init } = requestOf(name, rest);
  const headers = {
    ...init.headers,
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': String(idempotencyKey) }),
  };
  const credentials = cookie ? 'include' : 'omit';
  try {
    const signal = AbortSignal.timeout(timeout);
    const answer = await fetch(url + path, { ...init, headers, credentials, signal });
    return resultOf(answer, await answer.text());
  } catch (error) {
    throw asClientError(error);
  }
}

function requestOf(name: OperationName, input: Input) {
  const { method, path } = calls[name];
  if (method === 'POST') {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    return { method, path, headers, body: JSON.stringify(input) };
  }
  const query = new URLSearchParams();
  let filled: string = path;
  for (const [key, value] of Object.entries(input)) {
    if (path.includes(`{${key}}`)) filled = filled.replace(`{${key}}`, encodeURIComponent(String(value)));
    else if (value !== undefined) query.set(key, String(value));
  }
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled, headers: {} };
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
  // Something stands between: a proxy, or a network that wants a login of its own.
  throw unreachable(`The answer is not one of Tradepost's (status ${answer.status}).`, { retryAfter });
}

/** A date, which `Retry-After` may be too, is none of Tradepost's. */
const secondsOf = (text: string | null): number | null => (text !== null && /^\d+$/.test(text) ? Number(text) : null);
