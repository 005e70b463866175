import type fc from 'fast-check';
import type { z } from 'zod';
import type { Json } from './json-text.js';

/** What a transport needs to know of an operation or of a method of sockets. */
export interface Target {
  readonly name: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** The errors it may answer with, besides those of its transport. */
  readonly errors: readonly string[];
  readonly needsSession: boolean;
  readonly idempotent: boolean;
  readonly route: { readonly method: string; readonly path: string; readonly status: number } | null;
}

/**
 * `astray`: refused before the operation was found, because the handshake failed or the request names something else.
 * `unanswered`: a message that needs no answer, or one that ended the socket.
 */
export type Outcome =
  | { readonly kind: 'succeeded'; readonly result: unknown }
  | { readonly kind: 'refused' | 'astray'; readonly code: string }
  | { readonly kind: 'unanswered'; readonly closed: number | null };

/** One way to call operations: how requests are made up, and how one is sent. Sending checks the form of the answer. */
export interface Transport<Request> {
  requestsFor(target: Target, input: fc.Arbitrary<Json>): fc.Arbitrary<Request>;
  send(target: Target, request: Request): Promise<Outcome>;
  /** Errors that any request over this transport may get. */
  readonly errors: readonly string[];
  /** Whether the credentials of the request are those of a session, unchanged. */
  isGenuine(request: Request): boolean;
  /** Called when the store was set back. */
  onReset(): void;
}
