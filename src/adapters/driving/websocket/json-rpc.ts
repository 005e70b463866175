import { TradepostError, ValidationFailed } from '../../../domain/errors.js';
import type { Problem } from '../operations/index.js';
import { decodeJson, decodeUtf8, errorTable, MalformedRequest, problemOf, retryAfterOf } from '../operations/index.js';

export type RequestId = string | number | null;

export interface Request {
  /** Undefined for a notification of JSON-RPC: it is carried out but not answered. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A request, or the error of a message that is not one. */
export type Message = Request | { readonly id: RequestId; readonly error: TradepostError; readonly code: number };

/** JSON-RPC's code for text that is not JSON. No row of the error table has it: the error is `malformed_request`. */
export const PARSE_ERROR = -32_700;

/** Reads one text message. Does not throw, because a message that cannot be read is answered too. */
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
  if (Array.isArray(value)) return invalid(null, 'Batches are not accepted; send one request per message.');
  if (!isObject(value)) return invalid(null, 'The message is not a JSON-RPC 2.0 request.');
  const { jsonrpc, id, method, params = {} } = value;
  if (!isId(id)) return invalid(null, '`id` must be a string, a number or null.');
  if (jsonrpc !== '2.0') return invalid(id ?? null, '`jsonrpc` must be "2.0".');
  if (typeof method !== 'string') return invalid(id ?? null, '`method` must be a string.');
  const unknown = Object.keys(value).find(key => !ENVELOPE.has(key));
  if (unknown !== undefined) return invalid(id ?? null, `${JSON.stringify(unknown)} is not a member of a request.`);
  if (isObject(params)) return { id, method, params };
  const error = ValidationFailed.of('`params` must be an object with named parameters');
  return { id: id ?? null, error, code: errorTable.validation_failed.rpcCode };
}

const invalid = (id: RequestId, reason: string): Message => ({
  id,
  error: new MalformedRequest(reason),
  code: errorTable.malformed_request.rpcCode,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (id: unknown): id is RequestId | undefined =>
  id === undefined || id === null || typeof id === 'string' || typeof id === 'number';

/** JSON-RPC requires a result, so an operation without one returns null. */
export const resultText = (id: RequestId, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, result: result ?? null });

/** Sockets have no headers, so the seconds of `Retry-After` are part of the problem. */
type SocketProblem = Problem & { readonly retryAfter?: number };

/** `code` is that of the error table if omitted. */
export function errorText(id: RequestId, error: TradepostError, requestId: string, code?: number): string {
  const retryAfter = retryAfterOf(error);
  const problem = problemOf(error, requestId);
  const data: SocketProblem = retryAfter === null ? problem : { ...problem, retryAfter };
  const number = code ?? errorTable[problem.code].rpcCode;
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code: number, message: problem.title, data } });
}

export const notificationText = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params });
