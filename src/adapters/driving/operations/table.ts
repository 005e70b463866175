import { sessionView } from '../../../application/ports/driving/accounts.js';
import { z } from '../../../peers/zod.js';
import * as field from './fields.js';
import { defineOperations } from './operation.js';
import * as result from './results.js';

const { object, exactlyOne } = field;

const nothing = object({});

/**
 * THE table: each row is the operation's row of `surface.ts` with its schemas and behaviour. Library, HTTP, WebSocket and
 * client offer every row.
 */
export const operations = defineOperations({
  'users.register': {
    summary: 'Creates an account.',
    input: object({
      email: field.email,
      username: field.username,
      name: field.personName,
      password: field.password,
    }),
    output: result.user,
    errors: ['weak_password', 'email_taken', 'username_taken', 'overloaded'],
    run: ({ useCases, input, context: { address } }) => useCases.registerUser.execute({ ...input, address }),
  },

  'sessions.login': {
    summary: 'Opens a new session for an account.',
    input: exactlyOne(
      object({
        email: field.email.optional(),
        username: field.username.optional(),
        password: field.password,
        delivery: z
          .enum(['cookie', 'token'])
          .optional()
          .meta({
            description: 'How the token is delivered: as a cookie (the default over HTTP) or in the result.',
            examples: ['token'],
          }),
      }),
      ['email', 'username'],
    ).transform(({ email, username, ...rest }) => ({ ...rest, account: reference({ email, username }) })),
    output: result.login,
    errors: ['invalid_credentials', 'overloaded'],
    run: ({ useCases, input: { account, password, delivery }, context: { userAgent, address, token } }) =>
      // A new cookie replaces the old one and its session; a token is for an additional session.
      useCases.login.execute({ account, password, userAgent, address, replaces: delivery === 'token' ? null : token }),
  },

  'sessions.logout': {
    summary: "Ends the caller's session.",
    input: nothing,
    output: result.nothing,
    errors: [],
    run: ({ useCases, caller }) => useCases.logout.execute({ caller }),
  },

  'sessions.list': {
    summary: 'The live sessions of the caller, newest first.',
    input: object(field.page),
    output: result.sessions,
    errors: [],
    run: ({ useCases, input: { limit, after = null }, caller }) =>
      useCases.listSessions.execute({ caller, limit, after }),
  },

  'sessions.revoke': {
    summary: 'Ends one session of the caller.',
    input: object({ id: field.id }),
    output: result.nothing,
    errors: ['session_not_found'],
    run: ({ useCases, input: { id }, caller }) => useCases.revokeSession.execute({ caller, id }),
    endsSession: ({ id }, { session }) => id === session.id,
  },

  'sessions.revokeAll': {
    summary: 'Ends all sessions of the caller, or all except the current one.',
    input: object({ except: z.literal('current').optional().describe("`current` keeps the caller's session.") }),
    output: result.nothing,
    errors: [],
    run: ({ useCases, input: { except }, caller }) =>
      useCases.revokeAllSessions.execute({ caller, exceptCurrent: except === 'current' }),
    endsSession: ({ except }) => except !== 'current',
  },

  'users.me': {
    summary: 'Returns the caller: user and session.',
    input: nothing,
    output: result.caller,
    errors: [],
    run: async ({ caller: { user, session } }) => ({ user, session: sessionView(session, session.id) }),
  },

  'cards.add': {
    summary: 'Creates a card that the caller owns.',
    input: object({ name: field.cardName, description: field.cardDescription.prefault('') }),
    output: result.card,
    errors: ['idempotency_conflict'],
    run: ({ useCases, input, caller, context: { idempotencyKey } }) =>
      useCases.addCard.execute({ ...input, caller, idempotencyKey }),
  },

  'cards.list': {
    summary: 'The cards of the caller, newest first.',
    input: object(field.page),
    output: result.cards,
    errors: [],
    run: ({ useCases, input: { limit, after = null }, caller }) => useCases.listCards.execute({ caller, limit, after }),
  },

  'trades.record': {
    summary: 'Hands one card of the caller to another user.',
    input: object({
      cardId: field.id,
      recipient: exactlyOne(
        object({ id: field.id.optional(), username: field.username.optional(), email: field.email.optional() }),
        ['id', 'username', 'email'],
      )
        .meta({ examples: [{ username: 'bob' }] })
        .transform(reference),
    }),
    output: result.trade,
    errors: ['card_not_found', 'card_not_owned', 'recipient_not_found', 'self_trade', 'idempotency_conflict'],
    run: ({ useCases, input, caller, context: { idempotencyKey } }) =>
      useCases.recordTrade.execute({ ...input, caller, idempotencyKey }),
    runWithToken: ({ useCases, input, context: { token, idempotencyKey } }) =>
      useCases.recordTradeOfSession.execute({ ...input, token, idempotencyKey }),
  },

  'trades.list': {
    summary: 'The trades that the caller sent or received, newest first.',
    input: object({
      ...field.page,
      direction: z.enum(['sent', 'received', 'all']).default('all').describe('`all` if omitted.'),
    }),
    output: result.trades,
    errors: [],
    run: ({ useCases, input: { limit, after = null, direction }, caller }) =>
      useCases.listTrades.execute({ caller, limit, after, direction }),
    runWithToken: ({ useCases, input: { limit, after = null, direction }, context: { token } }) =>
      useCases.listTradesOfSession.execute({ token, limit, after, direction }),
  },
});

/** The rows of the operations table, each with the types of its input and result. */
export type Operations = typeof operations;

/** The one key that is given, after `exactlyOne` has checked that one is. */
function reference<Keys extends Record<string, string | undefined>>(keys: Keys): OneOf<Keys> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as OneOf<Keys>;
}

type OneOf<Keys> = { [Key in keyof Keys]-?: Readonly<Record<Key, NonNullable<Keys[Key]>>> }[keyof Keys];
