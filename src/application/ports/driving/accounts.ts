import type { EmailAddress } from '../../../domain/email-address.js';
import type { Id } from '../../../domain/id.js';
import type { IpAddress } from '../../../domain/ip-address.js';
import type { Password } from '../../../domain/password-policy.js';
import type { Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { PersonName, User, Username } from '../../../domain/user.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

/** What a new account is created from. */
export interface RegisterUserInput {
  /** Unique in its stored form. */
  readonly email: EmailAddress;
  /** Unique without regard to case. */
  readonly username: Username;
  /** The name that others see. */
  readonly name: PersonName;
  /** Judged by the policy; hashed with argon2id; never stored. */
  readonly password: Password;
  /** The client's IP address; null or left out if it is not known. */
  readonly address?: IpAddress | null;
}

/**
 * Errors: `validation_failed` (length of the password), `weak_password`, `email_taken`, `username_taken`, `rate_limited`,
 * `overloaded`.
 */
export type RegisteringUsers = UseCase<RegisterUserInput, User>;

/** A session as its owner sees it. */
export interface SessionView {
  /** The id of the session, for revoking it: a UUID in lower case. */
  readonly id: Id;
  /** When the login opened it: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
  /** When it ends at the latest; using it does not change that. */
  readonly expiresAt: Timestamp;
  /** When it was last used, recorded once a minute. */
  readonly lastUsedAt: Timestamp;
  /** The client's description of itself, at most 500 characters; null if it sent none. */
  readonly userAgent: string | null;
  /** Whether this is the session of the request. */
  readonly current: boolean;
}

export const sessionView = (session: Session, currentId: Id): SessionView => ({
  id: session.id,
  createdAt: session.createdAt,
  expiresAt: session.expiresAt,
  lastUsedAt: session.lastUsedAt,
  userAgent: session.userAgent,
  current: session.id === currentId,
});

/** An attempt to open a session. */
export interface LoginInput {
  /** The account, by exactly one of its names. */
  readonly account: { readonly email: EmailAddress } | { readonly username: Username };
  /** Checked against the stored hash; an unknown account takes the same time. */
  readonly password: Password;
  /** The client's description of itself, so that its user can distinguish sessions. */
  readonly userAgent: string | null;
  /** The client's IP address; null or left out if it is not known. */
  readonly address?: IpAddress | null;
  /** The client's previous token, if any. Its session ends (OWASP ASVS 5.0, 7.2.4). */
  readonly replaces: string | null;
}

/** A new session with its token. */
export interface LoginResult {
  /** The account. */
  readonly user: User;
  /** The new session. */
  readonly session: SessionView;
  /**
   * The secret that stands for the session: 43 characters, 32 random bytes in base64url. Only its holder has it; the
   * store keeps a digest.
   */
  readonly token: string;
}

/** Errors: `invalid_credentials`, `rate_limited`, `overloaded`. */
export type LoggingIn = UseCase<LoginInput, LoginResult>;

/** Errors: `unauthenticated`. */
export type Authenticating = UseCase<{ readonly token: string | null }, Caller>;

export type LoggingOut = UseCase<{ readonly caller: Caller }, void>;

/** A page of the caller's live sessions. */
export interface ListSessionsInput extends PageRequest {
  /** The user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
}

/** Errors: `validation_failed` (invalid cursor). */
export type ListingSessions = UseCase<ListSessionsInput, Page<SessionView>>;

/** Errors: `session_not_found`. */
export type RevokingSession = UseCase<{ readonly caller: Caller; readonly id: Id }, void>;

export type RevokingAllSessions = UseCase<{ readonly caller: Caller; readonly exceptCurrent: boolean }, void>;
