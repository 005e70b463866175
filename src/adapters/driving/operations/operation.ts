import type { z } from 'zod';
import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { ErrorCode } from '../../../domain/errors.js';

/** What a transport knows of a request besides its input. */
export interface RequestContext {
  /** The session token, wherever the transport carries it. */
  readonly token: string | null;
  /** What the client calls itself. */
  readonly userAgent: string | null;
  /** For operations with `idempotent`; null where the client does not claim anything. */
  readonly idempotencyKey: string | null;
}

export type Access = 'anyone' | 'session';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` for a key of the input that stands in the path. */
  readonly path: string;
  readonly status: 200 | 201 | 204;
}

interface Run<Input, Access_ extends Access> {
  readonly useCases: UseCases;
  readonly input: Input;
  readonly context: RequestContext;
  readonly caller: Access_ extends 'session' ? Caller : null;
}

/** A row of the operations table: everything a transport needs to offer the operation. */
export interface Operation<
  Schema extends z.ZodType = z.ZodType,
  Result = unknown,
  LibraryName extends string = string,
  Access_ extends Access = Access,
  Idempotent extends boolean = boolean,
> {
  readonly library: LibraryName;
  readonly summary: string;
  readonly access: Access_;
  readonly route: Route;
  readonly input: Schema;
  readonly output: z.ZodType;
  /** Whether a client may claim an idempotency key for it. */
  readonly idempotent: Idempotent;
  /** The errors it can answer with besides those every operation has. */
  readonly errors: readonly ErrorCode[];
  run(request: Run<z.output<Schema>, Access_>): Promise<Result>;
}

/** Gives a row its types; adds nothing. */
export const operation = <
  Schema extends z.ZodType,
  Result,
  const LibraryName extends string,
  const Access_ extends Access,
  const Idempotent extends boolean,
>(
  row: Operation<Schema, Result, LibraryName, Access_, Idempotent>,
): Operation<Schema, Result, LibraryName, Access_, Idempotent> => row;
