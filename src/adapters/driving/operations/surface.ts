import type { LoginResult, SessionView } from '../../../application/ports/driving/accounts.js';
import type { TradePage } from '../../../application/ports/driving/trades.js';
import type { Page } from '../../../application/ports/driving/use-case.js';
import type { Card } from '../../../domain/card.js';
import type { Trade } from '../../../domain/trade.js';
import type { User } from '../../../domain/user.js';

/** Who may call: anyone, or only callers with a session. */
export type Access = 'anyone' | 'session';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` stands for the input's key of that name. */
  readonly path: string;
  readonly status: 200 | 201 | 204;
}

/** What a successful call does to the caller's session. `mayEnd`: the operation's `endsSession` decides. */
export type SessionEffect = 'keeps' | 'opens' | 'ends' | 'mayEnd';

export interface SurfaceRow {
  /** The name of the library's and the client's method. */
  readonly library: string;
  readonly access: Access;
  readonly route: Route;
  /** Whether the operation accepts an idempotency key. */
  readonly idempotent: boolean;
  readonly session: SessionEffect;
}

/**
 * Every operation as callers reach it. This file is data and imports types only, so that the browser client can load it;
 * `table.ts` adds schemas and behaviour.
 */
export const surface = {
  'users.register': {
    library: 'registerUser',
    access: 'anyone',
    route: { method: 'POST', path: '/register', status: 201 },
    idempotent: false,
    session: 'keeps',
  },
  'sessions.login': {
    library: 'login',
    access: 'anyone',
    route: { method: 'POST', path: '/login', status: 200 },
    idempotent: false,
    session: 'opens',
  },
  'sessions.logout': {
    library: 'logout',
    access: 'session',
    route: { method: 'POST', path: '/logout', status: 204 },
    idempotent: false,
    session: 'ends',
  },
  'sessions.list': {
    library: 'listSessions',
    access: 'session',
    route: { method: 'GET', path: '/sessions', status: 200 },
    idempotent: false,
    session: 'keeps',
  },
  'sessions.revoke': {
    library: 'revokeSession',
    access: 'session',
    route: { method: 'DELETE', path: '/sessions/{id}', status: 204 },
    idempotent: false,
    session: 'mayEnd',
  },
  'sessions.revokeAll': {
    library: 'revokeAllSessions',
    access: 'session',
    route: { method: 'DELETE', path: '/sessions', status: 204 },
    idempotent: false,
    session: 'mayEnd',
  },
  'users.me': {
    library: 'authenticate',
    access: 'session',
    route: { method: 'GET', path: '/me', status: 200 },
    idempotent: false,
    session: 'keeps',
  },
  'cards.add': {
    library: 'addCard',
    access: 'session',
    route: { method: 'POST', path: '/cards', status: 201 },
    idempotent: true,
    session: 'keeps',
  },
  'cards.list': {
    library: 'listCards',
    access: 'session',
    route: { method: 'GET', path: '/cards', status: 200 },
    idempotent: false,
    session: 'keeps',
  },
  'trades.record': {
    library: 'recordTrade',
    access: 'session',
    route: { method: 'POST', path: '/trades', status: 201 },
    idempotent: true,
    session: 'keeps',
  },
  'trades.list': {
    library: 'listTrades',
    access: 'session',
    route: { method: 'GET', path: '/trades', status: 200 },
    idempotent: false,
    session: 'keeps',
  },
} as const satisfies Readonly<Record<string, SurfaceRow>>;

export type Surface = typeof surface;
export type OperationName = keyof Surface;

interface Shape<Input, Result> {
  readonly input: Input;
  readonly result: Result;
}

type NoInput = Record<string, never>;

interface PageInput {
  /** Items per page, 1 to 100; 50 if omitted. */
  limit?: number | undefined;
  /** The `next` of the previous page. */
  after?: string | undefined;
}

/**
 * What each operation takes and returns. Written out, so that the types of library and client need no package; the table
 * does not compile with other schemas.
 */
export interface OperationTypes {
  'users.register': Shape<{ email: string; username: string; name: string; password: string }, User>;
  'sessions.login': Shape<
    {
      /** Either `email` or `username`. */
      email?: string | undefined;
      username?: string | undefined;
      password: string;
      /** How the token is delivered: as a cookie (the default over HTTP) or in the result. */
      delivery?: 'cookie' | 'token' | undefined;
    },
    LoginResult
  >;
  'sessions.logout': Shape<NoInput, void>;
  'sessions.list': Shape<PageInput, Page<SessionView>>;
  'sessions.revoke': Shape<{ id: string }, void>;
  'sessions.revokeAll': Shape<
    {
      /** `current` keeps the caller's session. */
      except?: 'current' | undefined;
    },
    void
  >;
  'users.me': Shape<NoInput, { readonly user: User; readonly session: SessionView }>;
  'cards.add': Shape<{ name: string; description?: string | undefined }, Card>;
  'cards.list': Shape<PageInput, Page<Card>>;
  'trades.record': Shape<
    {
      cardId: string;
      /** Exactly one of the three. */
      recipient: { id?: string | undefined; username?: string | undefined; email?: string | undefined };
    },
    Trade
  >;
  'trades.list': Shape<
    PageInput & {
      /** `all` if omitted. */
      direction?: 'sent' | 'received' | 'all' | undefined;
    },
    TradePage
  >;
}

export type OperationInput<Name extends OperationName> = OperationTypes[Name]['input'];
export type OperationResult<Name extends OperationName> = OperationTypes[Name]['result'];

/** The operation that returns who the caller is. */
export const CALLER_OPERATION = 'users.me' satisfies OperationName;
