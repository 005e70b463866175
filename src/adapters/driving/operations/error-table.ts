import type { ErrorCode } from '../../../domain/errors.js';
import { InternalError, TradepostError, ValidationFailed, type Violation } from '../../../domain/errors.js';
import type { TransportErrorCode } from './errors.js';

/** The code of an error as callers see it: a row of the error table. */
export type ProblemCode = ErrorCode | TransportErrorCode;

interface ErrorRow {
  /** The problem's `title` (RFC 9457, 3.1.3): the same for every occurrence. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** The `code` of the JSON-RPC error: a number that JSON-RPC reserves, else the HTTP status. */
  readonly rpcCode: number;
  /** Seconds for `Retry-After` if the error itself does not say; null where waiting does not help. */
  readonly retryAfter: number | null;
}

/** THE table of errors: every transport reads statuses, codes and titles from here and nowhere else. */
export const errorTable = {
  malformed_request: { title: 'Malformed request', status: 400, rpcCode: -32_600, retryAfter: null },
  validation_failed: { title: 'Validation failed', status: 422, rpcCode: -32_602, retryAfter: null },
  unauthenticated: { title: 'Unauthenticated', status: 401, rpcCode: 401, retryAfter: null },
  invalid_credentials: { title: 'Invalid credentials', status: 401, rpcCode: 401, retryAfter: null },
  origin_forbidden: { title: 'Origin forbidden', status: 403, rpcCode: 403, retryAfter: null },
  card_not_found: { title: 'Card not found', status: 404, rpcCode: 404, retryAfter: null },
  recipient_not_found: { title: 'Recipient not found', status: 404, rpcCode: 404, retryAfter: null },
  session_not_found: { title: 'Session not found', status: 404, rpcCode: 404, retryAfter: null },
  route_not_found: { title: 'Route not found', status: 404, rpcCode: -32_601, retryAfter: null },
  method_not_allowed: { title: 'Method not allowed', status: 405, rpcCode: -32_601, retryAfter: null },
  weak_password: { title: 'Weak password', status: 422, rpcCode: 422, retryAfter: null },
  email_taken: { title: 'Email taken', status: 409, rpcCode: 409, retryAfter: null },
  username_taken: { title: 'Username taken', status: 409, rpcCode: 409, retryAfter: null },
  card_not_owned: { title: 'Card not owned', status: 409, rpcCode: 409, retryAfter: null },
  idempotency_conflict: { title: 'Idempotency conflict', status: 409, rpcCode: 409, retryAfter: null },
  payload_too_large: { title: 'Payload too large', status: 413, rpcCode: 413, retryAfter: null },
  unsupported_media_type: { title: 'Unsupported media type', status: 415, rpcCode: 415, retryAfter: null },
  misdirected_request: { title: 'Misdirected request', status: 421, rpcCode: 421, retryAfter: null },
  request_timeout: { title: 'Request timeout', status: 408, rpcCode: 408, retryAfter: null },
  headers_too_large: { title: 'Headers too large', status: 431, rpcCode: 431, retryAfter: null },
  self_trade: { title: 'Self trade', status: 422, rpcCode: 422, retryAfter: null },
  rate_limited: { title: 'Rate limited', status: 429, rpcCode: 429, retryAfter: 10 },
  internal: { title: 'Internal', status: 500, rpcCode: -32_603, retryAfter: null },
  storage_unavailable: { title: 'Storage unavailable', status: 503, rpcCode: 503, retryAfter: 1 },
  overloaded: { title: 'Overloaded', status: 503, rpcCode: 503, retryAfter: 1 },
} as const satisfies Record<ProblemCode, ErrorRow>;

/** An error as callers see it (RFC 9457): the same object over every transport. */
export interface Problem {
  /** `urn:tradepost:problem:` and the code. */
  readonly type: string;
  /** The same for every occurrence of the code. */
  readonly title: string;
  /** The HTTP status, over every transport. */
  readonly status: number;
  /** What is wrong, as a sentence for people. */
  readonly detail: string;
  /** The stable code. */
  readonly code: ProblemCode;
  /** Names the request in the log of the server. */
  readonly requestId: string;
  /** Each violation, if the code is `validation_failed`. */
  readonly errors?: readonly Violation[];
}

/** An error that the table knows. */
export type KnownError = TradepostError & { readonly code: ProblemCode };

/** Returns the error itself if the table has its code; everything else becomes `internal`, with `thrown` as the cause. */
export const knownError = (thrown: unknown): KnownError => (isKnown(thrown) ? thrown : new InternalError(thrown));

const isKnown = (thrown: unknown): thrown is KnownError =>
  thrown instanceof TradepostError && Object.hasOwn(errorTable, thrown.code);

/** Returns an error as callers see it. An error that the table does not know becomes `internal`. */
export function problemOf(error: TradepostError, requestId: string): Problem {
  const known = knownError(error);
  const { code, message } = known;
  const { title, status } = errorTable[code];
  const problem = { type: `urn:tradepost:problem:${code}`, title, status, detail: message, code, requestId };
  if (!(known instanceof ValidationFailed)) return problem;
  return { ...problem, detail: 'The input is not valid; `errors` lists each violation.', errors: known.errors };
}

/** Seconds to wait before the next attempt: the error's own `retryAfter`, else the table's; null where waiting does not help. */
export function retryAfterOf(error: TradepostError): number | null {
  const known = knownError(error);
  return 'retryAfter' in known && typeof known.retryAfter === 'number'
    ? known.retryAfter
    : errorTable[known.code].retryAfter;
}
