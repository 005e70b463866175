/**
 * Every code an operation can answer with. The list is part of the contract: codes are added, never renamed.
 * Transports map each to a status of their own (`satisfies Record<ErrorCode, …>`), so that a new code does not compile
 * until every transport knows it.
 */
export type ErrorCode =
  | 'malformed_request'
  | 'validation_failed'
  | 'unauthenticated'
  | 'invalid_credentials'
  | 'origin_forbidden'
  | 'card_not_found'
  | 'recipient_not_found'
  | 'session_not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'email_taken'
  | 'username_taken'
  | 'card_not_owned'
  | 'idempotency_conflict'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'misdirected_request'
  | 'request_timeout'
  | 'headers_too_large'
  | 'self_trade'
  | 'rate_limited'
  | 'internal'
  | 'storage_unavailable'
  | 'overloaded';

/** The base of every error Tradepost throws on purpose: `code` is stable, `message` is a sentence for people. */
export abstract class TradepostError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One thing wrong with the input. `pointer` is a JSON Pointer (RFC 6901) into it; the empty pointer is the whole. */
export interface Violation {
  readonly pointer: string;
  readonly detail: string;
}

export class ValidationFailed extends TradepostError {
  readonly code = 'validation_failed';
  readonly errors: readonly Violation[];

  constructor(errors: readonly Violation[]) {
    super(errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`)).join('; '));
    this.errors = errors;
  }

  /** A value that breaks its own rule; whoever knows where the value stood adds the pointer. */
  static of(detail: string, pointer = ''): ValidationFailed {
    return new ValidationFailed([{ pointer, detail }]);
  }
}

/** The request could not be read at all: not JSON, not UTF-8, nested too deeply. */
export class MalformedRequest extends TradepostError {
  readonly code = 'malformed_request';
}

/** No session, or one that is unknown, expired, revoked or tampered with: the caller is not told which. */
export class Unauthenticated extends TradepostError {
  readonly code = 'unauthenticated';

  constructor() {
    super('There is no valid session. Log in and try again.');
  }
}

/** The same for an unknown account and a wrong password (OWASP ASVS 6.3.8: no enumeration of accounts). */
export class InvalidCredentials extends TradepostError {
  readonly code = 'invalid_credentials';

  constructor() {
    super('The account and the password do not match.');
  }
}

export class CardNotFound extends TradepostError {
  readonly code = 'card_not_found';

  constructor() {
    super('There is no card with this id.');
  }
}

export class CardNotOwned extends TradepostError {
  readonly code = 'card_not_owned';

  constructor() {
    super('The card belongs to another user; only its owner can trade it.');
  }
}

export class RecipientNotFound extends TradepostError {
  readonly code = 'recipient_not_found';

  constructor() {
    super('There is no user to receive the card under this id, username or e-mail address.');
  }
}

export class SelfTrade extends TradepostError {
  readonly code = 'self_trade';

  constructor() {
    super('A card cannot be traded to its own owner; name another user as the recipient.');
  }
}

export class SessionNotFound extends TradepostError {
  readonly code = 'session_not_found';

  constructor() {
    super('None of your sessions has this id.');
  }
}

export class EmailTaken extends TradepostError {
  readonly code = 'email_taken';

  constructor() {
    super('There is already an account with this e-mail address.');
  }
}

export class UsernameTaken extends TradepostError {
  readonly code = 'username_taken';

  constructor() {
    super('There is already an account with this username (upper and lower case count as the same).');
  }
}

export class IdempotencyConflict extends TradepostError {
  readonly code = 'idempotency_conflict';

  constructor() {
    super('This idempotency key was used before with another request. Use a new key for a new request.');
  }
}

/** More work of an expensive kind is queued than can be done in time. Nothing was changed; try again later. */
export class Overloaded extends TradepostError {
  readonly code = 'overloaded';
  /** Seconds after which a new attempt makes sense. */
  readonly retryAfter: number;

  constructor(retryAfter = 1) {
    super('Too many requests of this kind are being worked on. Try again in a moment.');
    this.retryAfter = retryAfter;
  }
}

/** The database does not answer. The cause is kept for logs and is never shown to a caller. */
export class StorageUnavailable extends TradepostError {
  readonly code = 'storage_unavailable';
  /** Seconds after which a new attempt makes sense. */
  readonly retryAfter: number;

  constructor(options?: ErrorOptions & { retryAfter?: number }) {
    super('The storage does not answer at the moment. Try again in a moment.', options);
    this.retryAfter = options?.retryAfter ?? 1;
  }
}

/** Something failed that nobody foresaw. The cause is kept for logs and is never shown to a caller. */
export class InternalError extends TradepostError {
  readonly code = 'internal';

  constructor(cause: unknown) {
    super('Something went wrong on our side. It has been logged.', { cause });
  }
}
