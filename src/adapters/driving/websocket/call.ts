import type { OperationName, RequestContext } from '../operations/index.js';
import { knownError, parseInput, perform, RouteNotFound, surface } from '../operations/index.js';
import type { Answer, SocketParts } from './socket-methods.js';
import { socketMethods } from './socket-methods.js';

type Params = Readonly<Record<string, unknown>>;

/** What the handshake says of the client at the other end of a socket. */
export type Client = Pick<RequestContext, 'userAgent' | 'address'>;

/** Carries out one request: an operation or a method of the socket itself. Every error is one of the error table. */
export async function call(parts: SocketParts, client: Client, method: string, params: Params): Promise<Answer> {
  try {
    if (isOperation(method) && parts.offers(method)) return await callOperation(parts, client, method, params);
    if (isSocketMethod(method)) return await callSocketMethod(parts, method, params);
    throw new RouteNotFound('There is no method of this name; `rpc.discover` lists all methods.');
  } catch (error) {
    throw knownError(error);
  }
}

/** The name of the method, if this socket has it: other text of callers is in no metric and no trace. */
export const operationOf = ({ offers }: Pick<SocketParts, 'offers'>, method: string): string | null =>
  (isOperation(method) && offers(method)) || isSocketMethod(method) ? method : null;

const isOperation = (method: string): method is OperationName => Object.hasOwn(surface, method);

const isSocketMethod = (method: string): method is keyof typeof socketMethods => Object.hasOwn(socketMethods, method);

function callSocketMethod(parts: SocketParts, name: keyof typeof socketMethods, params: Params): Promise<Answer> {
  const { input, run } = socketMethods[name];
  return run(parts, parseInput(input, params) as never);
}

async function callOperation(parts: SocketParts, client: Client, name: OperationName, params: Params): Promise<Answer> {
  const { useCases, session } = parts;
  const { input, idempotencyKey } = splitParams(name, params);
  const performed = await perform(useCases, name, input, { ...client, token: session.token, idempotencyKey });
  // A socket keeps its first session: with one, the new session is for another socket.
  if (performed.session === 'opened' && session.token === null) await adoptOpened(parts, performed.result.token);
  return { result: performed.result, endsSession: performed.session === 'ended' };
}

function splitParams(name: OperationName, params: Params): { input: Params; idempotencyKey: string | null } {
  const { session, idempotent } = surface[name];
  if (session === 'opens') return { input: deliverAsToken(params), idempotencyKey: null };
  if (!idempotent || params.idempotencyKey === undefined) return { input: params, idempotencyKey: null };
  const { idempotencyKey: key, ...input } = params;
  // The empty key is refused, and so is everything that is not text.
  return { input, idempotencyKey: typeof key === 'string' ? key : '' };
}

/** A socket cannot set a cookie, so the result always has the token. */
const deliverAsToken = ({ delivery = 'cookie', ...params }: Params): Params => ({
  ...params,
  delivery: delivery === 'cookie' ? 'token' : delivery,
});

async function adoptOpened({ useCases, adopt }: SocketParts, token: string): Promise<void> {
  const caller = await useCases.authenticate.execute({ token });
  try {
    await adopt({ token, caller });
  } catch (error) {
    // The client gets an error instead of the token, so the session could not be used.
    await useCases.logout.execute({ caller });
    throw error;
  }
}
