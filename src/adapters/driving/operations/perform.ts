import type { z } from 'zod';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { ValidationFailed, type Violation } from '../../../domain/errors.js';
import { knownError } from './error-table.js';
import type { OperationResult } from './methods.js';
import type { Operation, RequestContext } from './operation.js';
import type { OperationName } from './surface.js';
import { operations } from './table.js';

/** The result, and what happened to the caller's session, so that transports need not know which operations do what. */
export type Performed<Result> =
  | { readonly session: 'kept' | 'ended'; readonly result: Result }
  | { readonly session: 'opened'; readonly result: Result & LoginResult };

/** The context of a request of which nothing is known. */
export const ANONYMOUS: RequestContext = { token: null, userAgent: null, address: null, idempotencyKey: null };

/**
 * Calls an operation for any transport: checks the input against the table, authenticates the caller if the operation
 * needs a session, runs the use case. Every error it throws is a `TradepostError` whose code is in the error table.
 */
export async function perform<Name extends OperationName>(
  useCases: UseCases,
  name: Name,
  input: unknown,
  context: RequestContext = ANONYMOUS,
): Promise<Performed<OperationResult<Name>>> {
  // TypeScript cannot call a union of rows; the row of a name has that name's types.
  const operation: Operation = operations[name] as never;
  try {
    const parsed = parseInput(operation.input, input);
    const checked = { ...context, idempotencyKey: checkIdempotencyKey(context.idempotencyKey, operation) };
    if (operation.runWithToken) {
      const result = await operation.runWithToken({ useCases, input: parsed, context: checked, caller: null });
      return { session: 'kept', result } as Performed<OperationResult<Name>>;
    }
    const caller = operation.access === 'session' ? await useCases.authenticate.execute(context) : null;
    const result = await operation.run({ useCases, input: parsed, context: checked, caller });
    return { session: effectOf(operation, parsed, caller), result } as Performed<OperationResult<Name>>;
  } catch (error) {
    throw knownError(error);
  }
}

/** The result of `perform`, for transports that keep no session for the caller. */
export const dispatch = async <Name extends OperationName>(
  useCases: UseCases,
  name: Name,
  input: unknown,
  context?: RequestContext,
): Promise<OperationResult<Name>> => (await perform(useCases, name, input, context)).result;

const EFFECTS = { keeps: 'kept', opens: 'opened', ends: 'ended' } as const;

function effectOf(operation: Operation, input: unknown, caller: Caller | null): 'kept' | 'opened' | 'ended' {
  if (operation.session !== 'mayEnd') return EFFECTS[operation.session];
  return caller !== null && operation.endsSession?.(input, caller) ? 'ended' : 'kept';
}

const KEY = /^[\x21-\x7e]{1,255}$/;

function checkIdempotencyKey(key: string | null, { idempotent }: Operation): string | null {
  if (key === null || !idempotent) return null;
  if (KEY.test(key)) return key;
  throw ValidationFailed.of('must have 1 to 255 visible ASCII characters', '/idempotencyKey');
}

/** @throws ValidationFailed with every violation */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new ValidationFailed(violationsOf(parsed.error));
  return parsed.data;
}

const violationsOf = ({ issues }: z.ZodError): Violation[] =>
  issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known key' }))
      : [{ pointer: pointerOf(issue.path), detail: detailOf(issue) }],
  );

/** JSON Pointer (RFC 6901): `~` and `/` are escaped. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function detailOf(issue: z.core.$ZodIssue): string {
  // Zod reports a missing key as a value of the wrong type.
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is required';
  return issue.message.replace(/^Invalid input: /, '');
}
