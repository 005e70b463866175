import type { z } from 'zod';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { ErrorCode } from '../../../domain/errors.js';
import type { IpAddress } from '../../../domain/ip-address.js';
import type { Methods, OperationResult } from './methods.js';
import { type OperationName, type Surface, type SurfaceRow, surface } from './surface.js';

/** What a transport knows of a request besides its input. */
export interface RequestContext {
  /** The session token, wherever the transport carries it. */
  readonly token: string | null;
  /** The client's description of itself. */
  readonly userAgent: string | null;
  /** The client's IP address; null if the transport does not know it. */
  readonly address: IpAddress | null;
  /** Null if the client sent none. Ignored by operations that are not idempotent. */
  readonly idempotencyKey: string | null;
}

export interface Run<Input, CallerOrNull = Caller | null> {
  readonly useCases: UseCases;
  readonly input: Input;
  readonly context: RequestContext;
  readonly caller: CallerOrNull;
}

export interface Description {
  /** What the operation does, as a sentence. */
  readonly summary: string;
  /** The shape of its result, for documents and tests. */
  readonly output: z.ZodType;
  /** The operation's own errors, besides those of every operation. */
  readonly errors: readonly ErrorCode[];
}

/** A row of the operations table without the types of its name: everything a transport needs to offer the operation. */
export interface Operation extends SurfaceRow, Description {
  /** Checks the input and turns it into what the use case takes. Refuses unknown keys. */
  readonly input: z.ZodType;
  /** Calls the use case. Rejects with a `TradepostError`. */
  run(request: Run<unknown>): Promise<unknown>;
  /** Replaces authenticating and `run` with one use case that does both, from the token of the context. */
  runWithToken?(request: Run<unknown, null>): Promise<unknown>;
  /** Whether a call with this input ends the caller's session. */
  endsSession?(input: unknown, caller: Caller): boolean;
}

type CallerOf<Name extends OperationName> = Surface[Name]['access'] extends 'session' ? Caller : null;

/** `mayEnd` rows must say whether a call with this input ends the caller's session; other rows must not. */
type SessionRule<Name extends OperationName, Input> = Surface[Name]['session'] extends 'mayEnd'
  ? { endsSession(input: Input, caller: Caller): boolean }
  : { readonly endsSession?: never };

/** Rows that open a session must return it with its token. */
type ResultRule<Name extends OperationName> = Surface[Name]['session'] extends 'opens' ? LoginResult : unknown;

/** The method of a row in `methods.ts` must take what the row's schema takes: the same keys with the same types. */
type InputRule<Name extends OperationName, Input> = Surface[Name]['library'] extends keyof Methods
  ? Methods[Surface[Name]['library']] extends { readonly operation: Name; readonly input: infer Arguments }
    ? [Input, keyof Input, Arguments, keyof Arguments] extends [Arguments, keyof Arguments, Input, keyof Input]
      ? unknown
      : { readonly summary: `methods.ts has other arguments for ${Name}` }
    : { readonly summary: `methods.ts has another operation for the method of ${Name}` }
  : { readonly summary: `methods.ts lacks the method of ${Name}` };

type Behaviour<Name extends OperationName, Schema extends z.ZodType> = Description &
  SessionRule<Name, z.output<Schema>> &
  InputRule<Name, z.input<Schema>> & {
    readonly input: Schema;
    run(request: Run<z.output<Schema>, CallerOf<Name>>): Promise<OperationResult<Name> & ResultRule<Name>>;
    /** Replaces authenticating and `run` with one use case that does both, from the token of the context. */
    runWithToken?(request: Run<z.output<Schema>, null>): Promise<OperationResult<Name> & ResultRule<Name>>;
  };

/** Joins the rows with those of the surface. Does not compile unless both have the same names. */
export function defineOperations<Schemas extends Record<OperationName, z.ZodType>>(
  rows: { [Name in keyof Schemas & OperationName]: Behaviour<Name, Schemas[Name]> },
): { readonly [Name in OperationName]: Surface[Name] & Behaviour<Name, Schemas[Name]> } {
  const names = Object.keys(surface) as OperationName[];
  return Object.fromEntries(names.map(name => [name, { ...surface[name], ...rows[name] }])) as never;
}
