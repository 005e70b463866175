import type { EmailAddress } from '../../../domain/email-address.js';
import type { Id } from '../../../domain/id.js';
import type { IpAddress } from '../../../domain/ip-address.js';
import type { Password } from '../../../domain/password-policy.js';
import type { Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { PersonName, User, Username } from '../../../domain/user.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

export interface RegisterUserInput {
  readonly email: EmailAddress;
  readonly username: Username;
  readonly name: PersonName;
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
  readonly id: Id;
  readonly createdAt: Timestamp;
  readonly expiresAt: Timestamp;
  readonly lastUsedAt: Timestamp;
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

export interface LoginInput {
  readonly account: { readonly email: EmailAddress } | { readonly username: Username };
  readonly password: Password;
  /** The client's description of itself, so that its user can distinguish sessions. */
  readonly userAgent: string | null;
  /** The client's IP address; null or left out if it is not known. */
  readonly address?: IpAddress | null;
  /** The client's previous token, if any. Its session ends (OWASP ASVS 5.0, 7.2.4). */
  readonly replaces: string | null;
}

export interface LoginResult {
  readonly user: User;
  readonly session: SessionView;
  readonly token: string;
}

/** Errors: `invalid_credentials`, `rate_limited`, `overloaded`. */
export type LoggingIn = UseCase<LoginInput, LoginResult>;

/** Errors: `unauthenticated`. */
export type Authenticating = UseCase<{ readonly token: string | null }, Caller>;

export type LoggingOut = UseCase<{ readonly caller: Caller }, void>;

export interface ListSessionsInput extends PageRequest {
  readonly caller: Caller;
}

/** Errors: `validation_failed` (invalid cursor). */
export type ListingSessions = UseCase<ListSessionsInput, Page<SessionView>>;

/** Errors: `session_not_found`. */
export type RevokingSession = UseCase<{ readonly caller: Caller; readonly id: Id }, void>;

export type RevokingAllSessions = UseCase<{ readonly caller: Caller; readonly exceptCurrent: boolean }, void>;
