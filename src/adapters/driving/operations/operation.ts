import type { z } from 'zod';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { ErrorCode } from '../../../domain/errors.js';
import type { IpAddress } from '../../../domain/ip-address.js';
import {
  type OperationInput,
  type OperationName,
  type OperationResult,
  type Surface,
  type SurfaceRow,
  surface,
} from './surface.js';

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
  readonly summary: string;
  readonly output: z.ZodType;
  /** The operation's own errors, besides those of every operation. */
  readonly errors: readonly ErrorCode[];
}

/** A row of the operations table without the types of its name: everything a transport needs to offer the operation. */
export interface Operation extends SurfaceRow, Description {
  readonly input: z.ZodType;
  run(request: Run<unknown>): Promise<unknown>;
  runWithToken?(request: Run<unknown, null>): Promise<unknown>;
  endsSession?(input: unknown, caller: Caller): boolean;
}

type CallerOf<Name extends OperationName> = Surface[Name]['access'] extends 'session' ? Caller : null;

/** `mayEnd` rows must say whether a call with this input ends the caller's session; other rows must not. */
type SessionRule<Name extends OperationName, Input> = Surface[Name]['session'] extends 'mayEnd'
  ? { endsSession(input: Input, caller: Caller): boolean }
  : { readonly endsSession?: never };

/** Rows that open a session must return it with its token. */
type ResultRule<Name extends OperationName> = Surface[Name]['session'] extends 'opens' ? LoginResult : unknown;

type Behaviour<Name extends OperationName, Schema extends z.ZodType> = Description &
  SessionRule<Name, z.output<Schema>> & {
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

type Plain<Type> = Type extends object ? { [Key in keyof Type]: Plain<Type[Key]> } : Type;
type Same<One, Other> =
  (<Type>() => Type extends One ? 1 : 2) extends <Type>() => Type extends Other ? 1 : 2 ? true : false;

/** The operations whose schema takes another input than `OperationTypes` says, more or less. */
export type DifferingInput<Rows extends Record<OperationName, { readonly input: z.ZodType }>> = {
  [Name in OperationName]: Same<Plain<z.input<Rows[Name]['input']>>, Plain<OperationInput<Name>>> extends true
    ? never
    : Name;
}[OperationName];
