import type { Problem } from '../driving/operations/index.js';

/** A request the server refused: `code` is one of Tradepost's, or `unreachable` where no answer of its came. */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    message: string,
    readonly code: Problem['code'] | 'unreachable',
    /** What the server answered; null where it did not. */
    readonly problem: Problem | null,
    /** Seconds after which a new attempt makes sense; null where the server said nothing of it. */
    readonly retryAfter: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const unreachable = (cause: unknown): ClientError =>
  new ClientError('Tradepost could not be reached.', 'unreachable', null, null, { cause });
