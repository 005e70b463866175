import { InternalError, TradepostError } from '../../../domain/errors.js';
import type { OperationName } from '../operations/index.js';
import { dispatch, operations, parseInput } from '../operations/index.js';
import { MethodNotFound } from './errors.js';
import type { Answer, SocketParts } from './socket-methods.js';
import { socketMethods } from './socket-methods.js';

type Params = Readonly<Record<string, unknown>>;

/** Carries out a request: a method of the socket or an operation of the table. Throws nothing but `TradepostError`s. */
export async function call(
  parts: SocketParts,
  userAgent: string | null,
  name: string,
  params: Params,
): Promise<Answer> {
  try {
    if (name === 'sessions.login') return await login(parts, userAgent, params);
    if (Object.hasOwn(operations, name)) {
      const result = await operate(parts, userAgent, name as OperationName, params);
      return { result, endsSession: endsSession(name, params, parts.session.id) };
    }
    if (Object.hasOwn(socketMethods, name)) return await onSocket(parts, name as keyof typeof socketMethods, params);
    throw new MethodNotFound();
  } catch (error) {
    throw error instanceof TradepostError ? error : new InternalError(error);
  }
}

function onSocket(parts: SocketParts, name: keyof typeof socketMethods, params: Params): Promise<Answer> {
  const { input, run } = socketMethods[name];
  return run(parts, parseInput(input, params) as never);
}

function operate(
  { useCases, session: { token } }: SocketParts,
  userAgent: string | null,
  name: OperationName,
  params: Params,
): Promise<unknown> {
  if (!operations[name].idempotent || params.idempotencyKey === undefined) {
    return dispatch(useCases, name, params, { token, userAgent, idempotencyKey: null });
  }
  const { idempotencyKey: key, ...input } = params;
  // What is no text is no key either, and is refused as such.
  return dispatch(useCases, name, input, { token, userAgent, idempotencyKey: typeof key === 'string' ? key : '' });
}

/** Known here, and so acted upon before the next message: a signal of it may be on its way for a while. */
function endsSession(name: string, { id, except }: Params, own: string | null): boolean {
  if (name === 'sessions.logout') return true;
  if (name === 'sessions.revokeAll') return except === undefined;
  return name === 'sessions.revoke' && String(id).toLowerCase() === own;
}

/** A socket sets no cookie, so a login over one answers the token. A socket without a session gets this one; one that has a session keeps it. */
async function login(parts: SocketParts, userAgent: string | null, params: Params): Promise<Answer> {
  const { useCases, session, adopt } = parts;
  const input = params.delivery === 'cookie' ? { ...params, delivery: 'token' } : { delivery: 'token', ...params };
  const result = await dispatch(useCases, 'sessions.login', input, { token: null, userAgent, idempotencyKey: null });
  if (session.token === null) {
    const { token } = result;
    const caller = await useCases.authenticate.execute({ token });
    try {
      await adopt({ token, caller });
    } catch (error) {
      // Nobody will ever have the token of this session.
      await useCases.logout.execute({ caller });
      throw error;
    }
  }
  return { result };
}
