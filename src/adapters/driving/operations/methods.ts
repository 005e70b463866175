import type { LoginResult, SessionView } from '../../../application/ports/driving/accounts.js';
import type { TradePage } from '../../../application/ports/driving/trades.js';
import type { Page } from '../../../application/ports/driving/use-case.js';
import type { Card } from '../../../domain/card.js';
import type { Trade } from '../../../domain/trade.js';
import type { User } from '../../../domain/user.js';
import type { OperationName, Surface } from './surface.js';

/*
 * The operations as methods of the library and of the client, for editors and for the reference. Written out, so that the types of
 * library and client need no package. `defineOperations` does not compile unless each operation has its method here, with the
 * arguments that its schema accepts and the result that its use case returns.
 */

/** What `registerUser` takes. */
export interface RegisterUserArguments {
  /** One `@`, at most 254 characters; kept and compared in lower case (NFKC). Unique. */
  readonly email: string;
  /** 3 to 30 of `a-z A-Z 0-9 _ . -`; unique without regard to case. */
  readonly username: string;
  /** The name that others see: 1 to 100 code points on one line, at least one of them visible. */
  readonly name: string;
  /** 8 (or the configured minimum) to 128 code points, and not easy to guess. Never truncated. */
  readonly password: string;
}

/** What `login` takes: exactly one of `email` and `username`. */
export interface LoginArguments {
  /** The e-mail address of the account, however it is written. */
  readonly email?: string | undefined;
  /** The username of the account, in upper or lower case. */
  readonly username?: string | undefined;
  /** At most 128 code points. */
  readonly password: string;
  /**
   * How the token is delivered: `cookie` sets a cookie over HTTP, which is the default there; `token` returns it in the result.
   * The library and sockets return it in any case; the client requests `token` unless this is `cookie`.
   */
  readonly delivery?: 'cookie' | 'token' | undefined;
}

/** Which page of a list is requested. */
export interface PageArguments {
  /** Items per page, 1 to 100; 50 if omitted. */
  readonly limit?: number | undefined;
  /** `next` of the previous page; the first page if omitted. */
  readonly after?: string | undefined;
}

/** What `revokeSession` takes. */
export interface RevokeSessionArguments {
  /** The id of one of the caller's sessions: a UUID. */
  readonly id: string;
}

/** What `revokeAllSessions` takes. */
export interface RevokeAllSessionsArguments {
  /** `current` keeps the caller's session; if omitted, it ends too. */
  readonly except?: 'current' | undefined;
}

/** What `addCard` takes. */
export interface AddCardArguments {
  /** 1 to 100 code points on one line, at least one of them visible. */
  readonly name: string;
  /** At most 1,000 code points; empty if omitted. */
  readonly description?: string | undefined;
}

/** A user, by exactly one of id, username and e-mail address. */
export interface RecipientArguments {
  /** The id of the account: a UUID. */
  readonly id?: string | undefined;
  /** The username, in upper or lower case. */
  readonly username?: string | undefined;
  /** The e-mail address, however it is written. */
  readonly email?: string | undefined;
}

/** What `recordTrade` takes. The sender is always the caller. */
export interface RecordTradeArguments {
  /** The id of the card to give: a UUID. The caller must own the card at the moment of the trade. */
  readonly cardId: string;
  /** Who gets the card; not the caller. */
  readonly recipient: RecipientArguments;
}

/** What `listTrades` takes. */
export interface ListTradesArguments extends PageArguments {
  /** Only trades that the caller `sent`, only those `received`, or `all`, which is the default. */
  readonly direction?: 'sent' | 'received' | 'all' | undefined;
}

/** An operation as a method: its name in the operations table, its arguments and its result. */
export interface Method<Name extends OperationName, Arguments, Result = void> {
  /** The row of the operations table. */
  readonly operation: Name;
  /** What the method takes, besides credentials and keys. */
  readonly input: Arguments;
  /** What it returns. */
  readonly result: Result;
}

type None = Record<string, never>;

/**
 * Every operation by the name of its method in the library and in the client. Any of them can throw `validation_failed`, `internal`
 * and `storage_unavailable`, those that need a session also `unauthenticated`.
 */
export interface Methods {
  /**
   * Creates an account. Returns the user.
   *
   * @throws `weak_password`, `email_taken`, `username_taken`, `rate_limited` (10 an hour from one IP address), `overloaded`
   */
  readonly registerUser: Method<'users.register', RegisterUserArguments, User>;
  /**
   * Opens a new session for an account, by e-mail address or username. Returns the user, the session and its token. The session
   * lives for an hour, unless configured otherwise, however it is used.
   *
   * @throws `invalid_credentials`, the same for an unknown account and a wrong password; `rate_limited` after 5 failures;
   * `overloaded`
   */
  readonly login: Method<'sessions.login', LoginArguments, LoginResult>;
  /** Ends the caller's session. Its sockets in all processes are closed within a second. */
  readonly logout: Method<'sessions.logout', None>;
  /** Returns a page of the caller's live sessions, newest first. */
  readonly listSessions: Method<'sessions.list', PageArguments, Page<SessionView>>;
  /**
   * Ends one session of the caller. Its sockets in all processes are closed within a second.
   *
   * @throws `session_not_found` if it is not a live session of the caller
   */
  readonly revokeSession: Method<'sessions.revoke', RevokeSessionArguments>;
  /** Ends all sessions of the caller, or all except the current one. */
  readonly revokeAllSessions: Method<'sessions.revokeAll', RevokeAllSessionsArguments>;
  /** Returns who the caller is: user and session. Counts as use of the session. */
  readonly authenticate: Method<'users.me', None, { readonly user: User; readonly session: SessionView }>;
  /**
   * Creates a card that the caller owns. Returns the card.
   *
   * @throws `idempotency_conflict` if the key was used with another input
   */
  readonly addCard: Method<'cards.add', AddCardArguments, Card>;
  /** Returns a page of the caller's cards, newest first. */
  readonly listCards: Method<'cards.list', PageArguments, Page<Card>>;
  /**
   * Hands one card of the caller to another user: the owner changes and both logs get the trade, or nothing happens. Returns
   * the trade. Both parties' watches deliver it.
   *
   * @throws `card_not_found`, `card_not_owned`, `recipient_not_found`, `self_trade`; `idempotency_conflict` if the key was used
   * with another input; `storage_unavailable` with `isOutcomeUnknown`: repeat it with the same key
   */
  readonly recordTrade: Method<'trades.record', RecordTradeArguments, Trade>;
  /** Returns a page of the trades that the caller sent or received, newest first, and `latest`, where a watch can start. */
  readonly listTrades: Method<'trades.list', ListTradesArguments, TradePage>;
}

/** The method of an operation; without one the operations table does not compile. */
type MethodOf<Name extends OperationName> = Surface[Name]['library'] extends keyof Methods
  ? Methods[Surface[Name]['library']]
  : Method<Name, unknown, unknown>;

/** What an operation takes. */
export type OperationInput<Name extends OperationName> = MethodOf<Name>['input'];

/** What an operation returns. */
export type OperationResult<Name extends OperationName> = MethodOf<Name>['result'];
