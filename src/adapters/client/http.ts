import type { OperationName, Problem } from '../driving/operations/index.js';
import { calls } from './calls.js';
import { ClientError, unreachable } from './errors.js';

/** Milliseconds for the whole of a request. */
const PATIENCE = 15_000;

export interface HttpParts {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  token(): string | null;
}

type Input = Readonly<Record<string, unknown>>;

/** An operation over HTTP: its result, or a ClientError. */
export async function request({ url, token }: HttpParts, name: OperationName, input: Input = {}): Promise<unknown> {
  const { idempotencyKey, ...rest } = input;
  const { path, ...init } = requestOf(name, rest);
  const bearer = token();
  const headers = {
    ...init.headers,
    ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': String(idempotencyKey) }),
  };
  let answer: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    answer = await fetch(url + path, { ...init, headers, credentials: 'include', signal });
    text = await answer.text();
  } catch (cause) {
    throw unreachable(cause);
  }
  if (answer.ok) return text === '' ? undefined : JSON.parse(text);
  throw errorOf(answer, text);
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

function errorOf(answer: Response, text: string): ClientError {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) {
    // A proxy's answer, most likely.
    const message = `The server answered with status ${answer.status}.`;
    return new ClientError(message, 'unreachable', null, retryAfter);
  }
  const problem = JSON.parse(text) as Problem;
  return new ClientError(problem.detail, problem.code, problem, retryAfter);
}
