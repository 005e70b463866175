import type { OperationName, Operations } from '../driving/operations/index.js';

interface Call<Name extends OperationName = OperationName> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` for a key of the input that stands in the path. */
  readonly path: string;
  /** The name of the client's method. */
  readonly as: Operations[Name]['library'];
}

/**
 * Which HTTP request each operation is. Written out again, because the table brings the server's validation along, which
 * has no business in a web page; that this agrees with the table is for the compiler and a test to see to.
 */
export const calls = {
  'users.register': { method: 'POST', path: '/register', as: 'registerUser' },
  'sessions.login': { method: 'POST', path: '/login', as: 'login' },
  'sessions.logout': { method: 'POST', path: '/logout', as: 'logout' },
  'sessions.list': { method: 'GET', path: '/sessions', as: 'listSessions' },
  'sessions.revoke': { method: 'DELETE', path: '/sessions/{id}', as: 'revokeSession' },
  'sessions.revokeAll': { method: 'DELETE', path: '/sessions', as: 'revokeAllSessions' },
  'users.me': { method: 'GET', path: '/me', as: 'authenticate' },
  'cards.add': { method: 'POST', path: '/cards', as: 'addCard' },
  'cards.list': { method: 'GET', path: '/cards', as: 'listCards' },
  'trades.record': { method: 'POST', path: '/trades', as: 'recordTrade' },
  'trades.list': { method: 'GET', path: '/trades', as: 'listTrades' },
} as const satisfies { readonly [Name in OperationName]: Call<Name> };

export type { Call };
