import type { Caller } from '../../../application/ports/driving/caller.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { InternalError, TradepostError, ValidationFailed } from '../../../domain/errors.js';
import type { Operation, RequestContext } from './operation.js';
import { parseInput } from './parse-input.js';
import type { OperationName, Operations } from './table.js';
import { operations } from './table.js';

export type OperationResult<Name extends OperationName> = Awaited<ReturnType<Operations[Name]['run']>>;

export const ANONYMOUS: RequestContext = { token: null, userAgent: null, idempotencyKey: null };

/**
 * The one way into the application, whatever the transport: checks the input against the table, finds out who asks
 * where the operation needs it, runs the use case. Every error it throws is a `TradepostError`.
 */
export async function dispatch<Name extends OperationName>(
  useCases: UseCases,
  name: Name,
  input: unknown,
  context: RequestContext = ANONYMOUS,
): Promise<OperationResult<Name>> {
  // Of the union of rows TypeScript would let nothing run; the row of a name has that name's types.
  const operation = operations[name] as unknown as Operation;
  try {
    const parsed = parseInput(operation.input, input);
    const checked = { ...context, idempotencyKey: checkIdempotencyKey(context.idempotencyKey, operation) };
    const caller = operation.access === 'session' ? await useCases.authenticate.execute(context) : null;
    const request = { useCases, input: parsed, context: checked, caller: caller as Caller };
    return (await operation.run(request)) as OperationResult<Name>;
  } catch (error) {
    throw error instanceof TradepostError ? error : new InternalError(error);
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/;

function checkIdempotencyKey(key: string | null, { idempotent }: Operation): string | null {
  if (key === null || !idempotent) return null;
  if (KEY.test(key)) return key;
  throw ValidationFailed.of('must have 1 to 255 visible ASCII characters', '/idempotencyKey');
}

export const CALLER_OPERATION = 'users.me';

export interface Outcome<Name extends OperationName> {
  readonly result: OperationResult<Name>;
  readonly session: 'kept' | 'opened' | 'ended';
}

export async function perform<Name extends OperationName>(
  useCases: UseCases,
  name: Name,
  input: unknown,
  context: RequestContext,
): Promise<Outcome<Name>> {
  const result = await dispatch(useCases, name, input, context);
  return { result, session: name === 'sessions.login' ? 'opened' : name === 'sessions.logout' ? 'ended' : 'kept' };
}
