import type { z } from 'zod';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { OperationName, OperationResult, Operations } from '../operations/index.js';
import { dispatch, operations } from '../operations/index.js';
import type { Watching } from './watching.js';
import { createWatching } from './watching.js';

type SchemaInput<Name extends OperationName> = z.input<Operations[Name]['input']>;

/** The type of an object without keys forbids every key, the token's too: then there is nothing to say. */
type Input<Name extends OperationName> = string extends keyof SchemaInput<Name> ? unknown : SchemaInput<Name>;

type Credentials<Name extends OperationName> = Operations[Name]['access'] extends 'session'
  ? {
      /** What `login` answered. */
      readonly token: string;
    }
  : unknown;

type Claim<Name extends OperationName> = Operations[Name]['idempotent'] extends true
  ? {
      /** 1 to 255 visible ASCII characters: the same key and input again give the first answer again. */
      readonly idempotencyKey?: string;
    }
  : unknown;

/** Every operation as a method, and watching; input, result and errors are those of the operations table. */
export type Library = Watching & {
  readonly [Name in OperationName as Operations[Name]['library']]: (
    input: Input<Name> & Credentials<Name> & Claim<Name>,
  ) => Promise<OperationResult<Name>>;
};

export function createLibrary(useCases: UseCases): Library {
  const methods = (Object.keys(operations) as OperationName[]).map(name => [
    operations[name].library,
    (input: unknown = {}) => call(useCases, name, input),
  ]);
  return { ...Object.fromEntries(methods), ...createWatching(useCases) } as Library;
}

function call(useCases: UseCases, name: OperationName, input: unknown): Promise<unknown> {
  // Anything but an object goes on as it is, and is refused by the operation's schema.
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return dispatch(useCases, name, input);
  const { access, idempotent } = operations[name];
  const rest: Record<string, unknown> = { ...input };
  const take = (key: string, wanted: boolean): string | null => {
    if (!wanted || !Object.hasOwn(rest, key)) return null;
    const { [key]: value } = rest;
    delete rest[key];
    return typeof value === 'string' ? value : '';
  };
  const token = take('token', access === 'session');
  const idempotencyKey = rest.idempotencyKey === undefined ? null : take('idempotencyKey', idempotent);
  return dispatch(useCases, name, rest, { token, idempotencyKey, userAgent: null });
}
