import type { ErrorCode, Violation } from '../../../domain/errors.js';
import { type TradepostError, ValidationFailed } from '../../../domain/errors.js';

/** An error as the outside sees it: RFC 9457, the same object over every transport. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly Violation[];
}

const STATUS = {
  malformed_request: 400,
  validation_failed: 422,
  unauthenticated: 401,
  invalid_credentials: 401,
  origin_forbidden: 403,
  card_not_found: 404,
  recipient_not_found: 404,
  session_not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
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
  internal: 500,
  storage_unavailable: 503,
  overloaded: 503,
} satisfies Record<ErrorCode, number>;

export const statusOf = (code: ErrorCode): number => STATUS[code];

/** `invalid_credentials` reads "Invalid credentials". */
const titleOf = (code: ErrorCode): string => `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('_', ' ')}`;

export function problemOf(error: TradepostError, requestId: string): Problem {
  const { code, message } = error;
  const problem: Problem = {
    type: `urn:tradepost:problem:${code}`,
    title: titleOf(code),
    status: STATUS[code],
    detail: error instanceof ValidationFailed ? 'The input does not fit; `errors` says where and why.' : message,
    code,
    requestId,
  };
  return error instanceof ValidationFailed ? { ...problem, errors: error.errors } : problem;
}

/** Seconds after which the error says a new attempt makes sense; null where it says nothing. */
export const retryAfterOf = (error: TradepostError): number | null =>
  'retryAfter' in error && typeof error.retryAfter === 'number' ? error.retryAfter : null;
