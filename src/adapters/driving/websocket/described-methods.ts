import { z } from '../../../peers/zod.js';
import type { Operation, OperationName, ProblemCode } from '../operations/index.js';
import { operations, results } from '../operations/index.js';
import { socketMethods } from './socket-methods.js';

export type Offers = (name: OperationName) => boolean;

/** The errors of every method. */
export const COMMON: readonly ProblemCode[] = [
  'malformed_request',
  'validation_failed',
  'rate_limited',
  'internal',
  'storage_unavailable',
];

/** Operations that open a session always return its token over a socket, because a socket cannot set a cookie. */
const OPENS_SESSION = {
  summary:
    'Opens a new session for an account and returns its token. A socket without a session gets this one; a socket that has one keeps its own.',
  output: results.login.required({ token: true }),
} as const;

/** A method over a socket, as the documents describe it. */
export interface DescribedMethod {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly errors: readonly ProblemCode[];
  readonly idempotent: boolean;
}

/** Returns every method of the operations that `offers` accepts, and those of the socket itself. */
export function describeMethods(offers: Offers): DescribedMethod[] {
  const offered = (Object.entries(operations) as [OperationName, Operation][]).filter(([name]) => offers(name));
  const ofTable = offered.map(([name, row]) => ({
    name,
    summary: row.summary,
    input: row.input,
    output: row.output === results.nothing ? z.null() : row.output,
    errors: [...row.errors, ...(row.access === 'session' ? (['unauthenticated'] as const) : [])],
    idempotent: row.idempotent,
    ...(row.session === 'opens' ? OPENS_SESSION : {}),
  }));
  const ofSocket = Object.entries(socketMethods).map(([name, { summary, input, output, errors }]) => ({
    name,
    summary,
    input,
    output,
    errors,
    idempotent: false,
  }));
  return [...ofTable, ...ofSocket];
}
