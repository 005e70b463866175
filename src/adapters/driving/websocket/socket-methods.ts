import { z } from 'zod';
import { sessionView } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { MalformedRequest } from '../../../domain/errors.js';
import { results, watchTrades } from '../operations/index.js';
import type { HeldSession, SocketSession } from './socket-session.js';
import type { SocketWatch } from './socket-watch.js';

/** What a method works on: the socket it came over. */
export interface SocketParts {
  readonly useCases: UseCases;
  readonly session: SocketSession;
  readonly watch: SocketWatch;
  /** Makes the session the socket's own. @throws TooManySockets */
  adopt(session: HeldSession): Promise<void>;
  /** The OpenRPC document. */
  describe(): object;
}

export interface Answer {
  readonly result: unknown;
  /** Called when the answer is on its way. */
  readonly afterwards?: () => void;
  /** Whether the session of this very socket ended with it. */
  readonly endsSession?: boolean;
}

interface SocketMethod<Schema extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly input: Schema;
  readonly output: z.ZodType;
  run(parts: SocketParts, params: z.output<Schema>): Promise<Answer>;
}

const method = <Schema extends z.ZodType>(row: SocketMethod<Schema>): SocketMethod<Schema> => row;

const nothing = z.strictObject({});

/** What there is over a socket besides the operations of the table: what has to do with the socket itself. */
export const socketMethods = {
  'sessions.resume': method({
    summary: 'Gives this socket the session of a token; for clients that could send no credentials with the handshake.',
    input: z.strictObject({ token: z.string().max(100).describe('What `sessions.login` answered.') }),
    output: results.caller,
    run: async ({ useCases, session, adopt }, { token }) => {
      if (session.token !== null) throw new MalformedRequest('This socket has a session; open another for another.');
      const caller = await useCases.authenticate.execute({ token });
      await adopt({ token, caller });
      return { result: { user: caller.user, session: sessionView(caller.session, caller.session.id) } };
    },
  }),

  'trades.watch': method({
    summary: `${watchTrades.summary} Each comes as a notification \`trades.recorded\`. Asked again, begins anew.`,
    input: watchTrades.input,
    output: watchTrades.output,
    run: async ({ session, watch }, params) => {
      const { cursor, begin } = await watch.start(session.token, params);
      return { result: { cursor }, afterwards: begin };
    },
  }),

  'trades.unwatch': method({
    summary: 'Ends the watch of this socket, if there is one.',
    input: nothing,
    output: z.null(),
    run: async ({ watch }) => {
      watch.stop();
      return { result: null };
    },
  }),

  'rpc.ping': method({
    summary: 'Answers null; to find out whether the connection works. Needs no session and does not count as its use.',
    input: nothing,
    output: z.null(),
    run: async () => ({ result: null }),
  }),

  'rpc.discover': method({
    summary: 'This description: every method, as an OpenRPC document.',
    input: nothing,
    output: z.looseObject({ openrpc: z.string() }),
    run: async ({ describe }) => ({ result: describe() }),
  }),
};
