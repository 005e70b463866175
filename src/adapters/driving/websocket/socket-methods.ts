import { sessionView } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { ErrorCode } from '../../../domain/errors.js';
import { z } from '../../../peers/zod.js';
import type { OperationName } from '../operations/index.js';
import { MalformedRequest, results, watchTrades } from '../operations/index.js';
import { SOCKET_METHODS, TRADE_NOTIFICATION } from './protocol.js';
import type { HeldSession, SocketSession } from './socket-session.js';
import type { SocketWatch } from './socket-watch.js';

/** What a method works with: the socket that the request came over. */
export interface SocketParts {
  readonly useCases: UseCases;
  readonly session: SocketSession;
  readonly watch: SocketWatch;
  /** Makes this the socket's session. @throws `rate_limited` if the user has too many sockets */
  adopt(session: HeldSession): Promise<void>;
  /** Whether the operation may be called over this socket. */
  offers(name: OperationName): boolean;
  /** Returns the OpenRPC document. */
  describe(): object;
}

export interface Answer {
  readonly result: unknown;
  /** Called after the result was sent. */
  readonly afterwards?: () => void;
  /** Whether the request ended this socket's session. */
  readonly endsSession?: boolean;
}

interface SocketMethod<Schema extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly input: Schema;
  readonly output: z.ZodType;
  /** The method's own errors, besides those of every method. */
  readonly errors: readonly ErrorCode[];
  run(parts: SocketParts, params: z.output<Schema>): Promise<Answer>;
}

const method = <Schema extends z.ZodType>(row: SocketMethod<Schema>): SocketMethod<Schema> => row;

const nothing = z.strictObject({});

/** The methods that only sockets have, besides the operations: they concern the socket itself. */
export const socketMethods = {
  [SOCKET_METHODS.resume]: method({
    summary: 'Gives this socket the session of a token, for clients that cannot send credentials in the handshake.',
    input: z.strictObject({ token: z.string().max(100).describe('The token that a login returned.') }),
    output: results.caller,
    errors: ['unauthenticated'],
    run: async ({ useCases, session, adopt }, { token }) => {
      if (session.token !== null) throw new MalformedRequest('This socket has a session. Open another socket.');
      const caller = await useCases.authenticate.execute({ token });
      await adopt({ token, caller });
      return { result: { user: caller.user, session: sessionView(caller.session, caller.session.id) } };
    },
  }),

  [SOCKET_METHODS.watch]: method({
    summary: `${watchTrades.summary} Each trade is a notification \`${TRADE_NOTIFICATION}\`. A second call moves the watch.`,
    input: watchTrades.input,
    output: watchTrades.output,
    errors: ['unauthenticated'],
    run: async ({ session, watch }, params) => {
      const { cursor, begin } = await watch.start(session.token, params);
      return { result: { cursor }, afterwards: begin };
    },
  }),

  [SOCKET_METHODS.unwatch]: method({
    summary: 'Ends the watch of this socket, if there is one.',
    input: nothing,
    output: z.null(),
    errors: [],
    run: async ({ watch }) => {
      watch.stop();
      return { result: null };
    },
  }),

  [SOCKET_METHODS.ping]: method({
    summary: 'Returns null, to check the connection. Needs no session and does not count as use of one.',
    input: nothing,
    output: z.null(),
    errors: [],
    run: async () => ({ result: null }),
  }),

  [SOCKET_METHODS.discover]: method({
    summary: 'Returns this description: every method, as an OpenRPC document.',
    input: nothing,
    output: z.looseObject({ openrpc: z.string() }),
    errors: [],
    run: async ({ describe }) => ({ result: describe() }),
  }),
};
