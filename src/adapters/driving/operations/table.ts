import { z } from 'zod';
import { sessionView } from '../../../application/ports/driving/accounts.js';
import * as field from './fields.js';
import { operation } from './operation.js';
import * as result from './results.js';

const { object, exactlyOne } = field;

const nothing = object({});

/**
 * THE table: every operation, once. The library, HTTP and WebSocket derive their surfaces from it, so adding a row adds
 * the operation everywhere.
 */
export const operations = {
  'users.register': operation({
    library: 'registerUser',
    summary: 'Makes an account.',
    access: 'anyone',
    route: { method: 'POST', path: '/register', status: 201 },
    input: object({
      email: field.email,
      username: field.username,
      name: field.personName,
      password: field.password,
    }),
    output: result.user,
    idempotent: false,
    errors: ['email_taken', 'username_taken', 'overloaded'],
    run: ({ useCases, input }) => useCases.registerUser.execute(input),
  }),

  'sessions.login': operation({
    library: 'login',
    summary: 'Opens a new session for an account.',
    access: 'anyone',
    route: { method: 'POST', path: '/login', status: 200 },
    input: exactlyOne(
      object({
        email: field.email.optional(),
        username: field.username.optional(),
        password: field.password,
        delivery: z
          .enum(['cookie', 'token'])
          .optional()
          .describe('How the token comes: as a cookie (over HTTP the default) or in the result.'),
      }),
      ['email', 'username'],
    ).transform(({ email, username, ...rest }) => ({ ...rest, account: reference({ email, username }) })),
    output: result.login,
    idempotent: false,
    errors: ['invalid_credentials', 'overloaded'],
    run: ({ useCases, input: { account, password, delivery }, context: { userAgent, token } }) =>
      // A cookie takes the place of the one before; a token is one more.
      useCases.login.execute({ account, password, userAgent, replaces: delivery === 'token' ? null : token }),
  }),

  'sessions.logout': operation({
    library: 'logout',
    summary: 'Ends the session that asks.',
    access: 'session',
    route: { method: 'POST', path: '/logout', status: 204 },
    input: nothing,
    output: result.nothing,
    idempotent: false,
    errors: [],
    run: ({ useCases, caller }) => useCases.logout.execute({ caller }),
  }),

  'sessions.list': operation({
    library: 'listSessions',
    summary: 'The live sessions of the caller, newest first.',
    access: 'session',
    route: { method: 'GET', path: '/sessions', status: 200 },
    input: nothing,
    output: result.sessions,
    idempotent: false,
    errors: [],
    run: ({ useCases, caller }) => useCases.listSessions.execute({ caller }),
  }),

  'sessions.revoke': operation({
    library: 'revokeSession',
    summary: 'Ends one session of the caller.',
    access: 'session',
    route: { method: 'DELETE', path: '/sessions/{id}', status: 204 },
    input: object({ id: field.id }),
    output: result.nothing,
    idempotent: false,
    errors: ['session_not_found'],
    run: ({ useCases, input: { id }, caller }) => useCases.revokeSession.execute({ caller, id }),
  }),

  'sessions.revokeAll': operation({
    library: 'revokeAllSessions',
    summary: 'Ends all sessions of the caller, on request all but the one that asks.',
    access: 'session',
    route: { method: 'DELETE', path: '/sessions', status: 204 },
    input: object({ except: z.literal('current').optional().describe('`current` keeps the session that asks.') }),
    output: result.nothing,
    idempotent: false,
    errors: [],
    run: ({ useCases, input: { except }, caller }) =>
      useCases.revokeAllSessions.execute({ caller, exceptCurrent: except === 'current' }),
  }),

  'users.me': operation({
    library: 'authenticate',
    summary: 'Who the caller is.',
    access: 'session',
    route: { method: 'GET', path: '/me', status: 200 },
    input: nothing,
    output: result.caller,
    idempotent: false,
    errors: [],
    run: async ({ caller: { user, session } }) => ({ user, session: sessionView(session, session.id) }),
  }),

  'cards.add': operation({
    library: 'addCard',
    summary: 'Makes a card that the caller owns.',
    access: 'session',
    route: { method: 'POST', path: '/cards', status: 201 },
    input: object({ name: field.cardName, description: field.cardDescription.prefault('') }),
    output: result.card,
    idempotent: true,
    errors: ['idempotency_conflict'],
    run: ({ useCases, input, caller, context: { idempotencyKey } }) =>
      useCases.addCard.execute({ ...input, caller, idempotencyKey }),
  }),

  'cards.list': operation({
    library: 'listCards',
    summary: 'The cards of the caller, newest first.',
    access: 'session',
    route: { method: 'GET', path: '/cards', status: 200 },
    input: object(field.page),
    output: result.cards,
    idempotent: false,
    errors: [],
    run: ({ useCases, input: { limit, after = null }, caller }) => useCases.listCards.execute({ caller, limit, after }),
  }),

  'trades.record': operation({
    library: 'recordTrade',
    summary: 'Hands one card of the caller to another user.',
    access: 'session',
    route: { method: 'POST', path: '/trades', status: 201 },
    input: object({
      cardId: field.id,
      recipient: exactlyOne(
        object({ id: field.id.optional(), username: field.username.optional(), email: field.email.optional() }),
        ['id', 'username', 'email'],
      ).transform(reference),
    }),
    output: result.trade,
    idempotent: true,
    errors: ['card_not_found', 'card_not_owned', 'recipient_not_found', 'self_trade', 'idempotency_conflict'],
    run: ({ useCases, input, caller, context: { idempotencyKey } }) =>
      useCases.recordTrade.execute({ ...input, caller, idempotencyKey }),
  }),

  'trades.list': operation({
    library: 'listTrades',
    summary: 'The trades the caller sent or received, newest first.',
    access: 'session',
    route: { method: 'GET', path: '/trades', status: 200 },
    input: object({
      ...field.page,
      direction: z.enum(['sent', 'received', 'all']).default('all').describe('`all` if left out.'),
    }),
    output: result.trades,
    idempotent: false,
    errors: [],
    run: ({ useCases, input: { limit, after = null, direction }, caller }) =>
      useCases.listTrades.execute({ caller, limit, after, direction }),
  }),
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;

/** Drops the keys that were left out, once it is known that exactly one was not. */
function reference<Keys extends Record<string, string | undefined>>(keys: Keys): OneOf<Keys> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as OneOf<Keys>;
}

type OneOf<Keys> = { [Key in keyof Keys]-?: Readonly<Record<Key, NonNullable<Keys[Key]>>> }[keyof Keys];
