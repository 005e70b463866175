import { PlainError } from './redaction.js';

/** The codes of the errors below. They are part of the contract: codes are added, never renamed. */
export type ErrorCode =
  | 'validation_failed'
  | 'unauthenticated'
  | 'invalid_credentials'
  | 'card_not_found'
  | 'recipient_not_found'
  | 'session_not_found'
  | 'weak_password'
  | 'email_taken'
  | 'username_taken'
  | 'card_not_owned'
  | 'idempotency_conflict'
  | 'self_trade'
  | 'rate_limited'
  | 'internal'
  | 'storage_unavailable'
  | 'overloaded';

/** Base class of every error that Tradepost throws on purpose. `code` is stable; `message` is a sentence for people. */
export abstract class TradepostError extends PlainError {
  /** The stable code of the error, a row of the error table. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** One violation in the input. `pointer` is a JSON Pointer (RFC 6901) into the input; empty means the whole input. */
export interface Violation {
  /** The key that breaks a rule: a JSON Pointer (RFC 6901) into the input. */
  readonly pointer: string;
  /** The rule, as a sentence for people. */
  readonly detail: string;
}

export class ValidationFailed extends TradepostError {
  readonly code = 'validation_failed';
  /** Each violation; at least one. */
  readonly errors: readonly Violation[];

  constructor(errors: readonly Violation[]) {
    super(errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`)).join('; '));
    this.errors = errors;
  }

  /** One violation. The rule of a value does not know the key of the value and leaves `pointer` empty. */
  static of(detail: string, pointer = ''): ValidationFailed {
    return new ValidationFailed([{ pointer, detail }]);
  }
}

/** The session is missing, unknown, expired, revoked or tampered with. The caller does not learn which. */
export class Unauthenticated extends TradepostError {
  readonly code = 'unauthenticated';

  constructor() {
    super('There is no valid session. Log in and try again.');
  }
}

/** Identical for an unknown account and a wrong password, so that accounts cannot be enumerated (OWASP ASVS 6.3.8). */
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

/** A new password that can be guessed, or that is known from a data breach. The message says why and what to do. */
export class WeakPassword extends TradepostError {
  readonly code = 'weak_password';

  /** `reason` is a sentence about the password, which does not repeat it. */
  constructor(reason: string) {
    super(`${reason} Use a phrase of several words that do not belong together.`);
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

/** There were too many logins or registrations. Nothing was checked; try again later. */
export class RateLimited extends TradepostError {
  readonly code = 'rate_limited';

  constructor(
    /** Seconds to wait before the next attempt. */
    readonly retryAfter: number,
  ) {
    super(`There were too many attempts. Try again in ${retryAfter} s.`);
  }
}

/** The queue for expensive work is full. Nothing was changed; try again later. */
export class Overloaded extends TradepostError {
  readonly code = 'overloaded';
  /** Seconds to wait before the next attempt. */
  readonly retryAfter: number;

  constructor(retryAfter = 1) {
    super('Too many requests of this kind are in progress. Try again in a moment.');
    this.retryAfter = retryAfter;
  }
}

/** The database does not respond. The cause is for logs and is never shown to a caller. */
export class StorageUnavailable extends TradepostError {
  readonly code = 'storage_unavailable';
  /** Seconds to wait before the next attempt. */
  readonly retryAfter: number;
  /** Whether the request may have taken effect. Repeated with the same idempotency key, it takes effect once. */
  readonly isOutcomeUnknown: boolean;

  constructor(options?: ErrorOptions & { retryAfter?: number; isOutcomeUnknown?: boolean }) {
    const isOutcomeUnknown = options?.isOutcomeUnknown ?? false;
    super(
      isOutcomeUnknown
        ? 'The storage did not respond in time: the outcome is unknown. Try again with the same idempotency key.'
        : 'The storage does not respond. Try again in a moment.',
      options,
    );
    this.retryAfter = options?.retryAfter ?? 1;
    this.isOutcomeUnknown = isOutcomeUnknown;
  }
}

/** An unhandled error. The cause is for logs and is never shown to a caller. */
export class InternalError extends TradepostError {
  readonly code = 'internal';

  constructor(cause: unknown) {
    super('An unexpected error occurred.', { cause });
  }
}
