import type { Problem } from '../driving/operations/index.js';

export interface ClientErrorDetails extends ErrorOptions {
  readonly problem?: Problem;
  readonly retryAfter?: number | null;
}

/**
 * Why a request or a watch failed. `code` is one of Tradepost's, or `unreachable` where no answer of its came: whether
 * the request was carried out is not known then, and an idempotency key makes it safe to send it again.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  /** What the server answered; null where it did not. */
  readonly problem: Problem | null;
  /** Seconds after which a new attempt makes sense; null where the server said nothing of it. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    readonly code: Problem['code'] | 'unreachable',
    { problem, retryAfter, ...options }: ClientErrorDetails = {},
  ) {
    super(message, options);
    this.problem = problem ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}

export const unreachable = (message: string, details: ClientErrorDetails = {}): ClientError =>
  new ClientError(message, 'unreachable', details);

export const asClientError = (error: unknown): ClientError =>
  error instanceof ClientError ? error : unreachable('Tradepost could not be reached.', { cause: error });
