/** Who may call: anyone, or only callers with a session. */
export type Access = 'anyone' | 'session';

/** How an operation is reached over HTTP. */
export interface Route {
  /** GET reads, POST creates, DELETE ends. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` stands for the input's key of that name. */
  readonly path: string;
  /** The status of a success. */
  readonly status: 200 | 201 | 204;
}

/** What a successful call does to the caller's session. `mayEnd`: the operation's `endsSession` decides. */
export type SessionEffect = 'keeps' | 'opens' | 'ends' | 'mayEnd';

/** An operation as callers reach it. */
export interface SurfaceRow {
  /** The name of the library's and the client's method. */
  readonly library: string;
  /** Who may call it. */
  readonly access: Access;
  /** Its method and path over HTTP. */
  readonly route: Route;
  /** Whether the operation accepts an idempotency key. */
  readonly idempotent: boolean;
  /** What a success does to the caller's session. */
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

/** The rows of all operations, by their names. */
export type Surface = typeof surface;
/** The name of an operation, which is its method over WebSocket. */
export type OperationName = keyof Surface;

/** Watching trades, which is no row of the table because it has many results: its method over WebSocket, its name for observers. */
export const WATCH_OPERATION = 'trades.watch';

/** The operation that returns who the caller is. */
export const CALLER_OPERATION = 'users.me' satisfies OperationName;
