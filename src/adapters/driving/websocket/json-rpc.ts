import type { ErrorCode } from '../../../domain/errors.js';
import { MalformedRequest, TradepostError, ValidationFailed } from '../../../domain/errors.js';
import type { Problem } from '../operations/index.js';
import { decodeJson, decodeUtf8, problemOf, retryAfterOf } from '../operations/index.js';

export type RequestId = string | number | null;

export interface Request {
  /** Undefined for what JSON-RPC calls a notification: it is carried out and not answered. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A request, or what is wrong with what was sent in place of one. */
export type Message = Request | { readonly id: RequestId; readonly error: TradepostError; readonly code: number };

/** For text that is no JSON at all: the one code of JSON-RPC that no error of ours has to itself. */
export const PARSE_ERROR = -32_700;

const CODES = {
  malformed_request: -32_600,
  validation_failed: -32_602,
  unauthenticated: 401,
  invalid_credentials: 401,
  origin_forbidden: 403,
  card_not_found: 404,
  recipient_not_found: 404,
  session_not_found: 404,
  route_not_found: -32_601,
  method_not_allowed: -32_601,
  email_taken: 409,
  username_taken: 409,
  card_not_owned: 409,
  idempotency_conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  misdirected_request: 421,
  request_timeout: 408,
  headers_too_large: 431,
  self_trade: 422,
  rate_limited: 429,
  internal: -32_603,
  storage_unavailable: 503,
  overloaded: 503,
} satisfies Record<ErrorCode, number>;

export const codeOf = (error: ErrorCode): number => CODES[error];

/** One text frame. Does not throw: what cannot be read is answered too. */
export function readMessage(bytes: Uint8Array): Message {
  let value: unknown;
  try {
    value = decodeJson(decodeUtf8(bytes));
  } catch (error) {
    if (!(error instanceof TradepostError)) throw error;
    return { id: null, error, code: PARSE_ERROR };
  }
  return requestOf(value);
}

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params']);

function requestOf(value: unknown): Message {
  if (Array.isArray(value)) return invalid(null, 'Batches are not accepted; send one request a message.');
  if (!isObject(value)) return invalid(null, 'The message is not a JSON-RPC 2.0 request.');
  const { jsonrpc, id, method, params = {} } = value;
  if (!isId(id)) return invalid(null, '`id` must be a string, a number or null.');
  if (jsonrpc !== '2.0') return invalid(id ?? null, '`jsonrpc` must be "2.0".');
  if (typeof method !== 'string') return invalid(id ?? null, '`method` must be a string.');
  const unknown = Object.keys(value).find(key => !ENVELOPE.has(key));
  if (unknown !== undefined) return invalid(id ?? null, `A request has no key ${JSON.stringify(unknown)}.`);
  if (isObject(params)) return { id, method, params };
  const error = ValidationFailed.of('`params` must be an object: parameters have names');
  return { id: id ?? null, error, code: CODES.validation_failed };
}

const invalid = (id: RequestId, reason: string): Message => ({
  id,
  error: new MalformedRequest(reason),
  code: CODES.malformed_request,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (id: unknown): id is RequestId | undefined =>
  id === undefined || id === null || typeof id === 'string' || typeof id === 'number';

/** An operation without result answers null: JSON-RPC knows no answer without one. */
export const resultText = (id: RequestId, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null });

/** What HTTP says in `Retry-After` stands in the problem here, in seconds. */
type SocketProblem = Problem & { readonly retryAfter?: number };

export function errorText(id: RequestId, error: TradepostError, requestId: string, code = codeOf(error.code)): string {
  const retryAfter = retryAfterOf(error);
  const problem = problemOf(error, requestId);
  const data: SocketProblem = retryAfter === null ? problem : { ...problem, retryAfter };
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: problem.title, data } });
}

export const notificationText = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });
