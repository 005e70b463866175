import type { Problem } from '../driving/operations/error-table.js';
import { CloseCode, WATCH_AHEAD } from '../driving/websocket/protocol.js';

export interface ClientErrorDetails extends ErrorOptions {
  readonly problem?: Problem;
  readonly retryAfter?: number | null;
}

/**
 * Why a request or a watch failed. `code` is one of Tradepost's error codes, or `unreachable` if Tradepost did not answer:
 * the request may have been carried out, and only an idempotency key makes it safe to send it again.
 */
export class ClientError extends Error {
  /** `ClientError`, to distinguish it where classes are duplicated. */
  override readonly name = 'ClientError';
  /** The server's answer; null if there was none. */
  readonly problem: Problem | null;
  /** Seconds to wait before the next attempt; null if the server named none. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    /** The code of the error table, or one of the client itself. */
    readonly code: Problem['code'] | 'unreachable',
    { problem, retryAfter, ...options }: ClientErrorDetails = {},
  ) {
    super(message, options);
    this.problem = problem ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}

/** The client has a session, but of another user than the watch. */
export class OtherUser extends ClientError {
  constructor() {
    super('The client is now logged in as another user. Start a new watch.', 'unauthenticated');
  }
}

export const unreachable = (message: string, details: ClientErrorDetails = {}): ClientError =>
  new ClientError(message, 'unreachable', details);

export const asClientError = (error: unknown): ClientError =>
  error instanceof ClientError ? error : unreachable('Tradepost could not be reached.', { cause: error });

/** Whether another attempt may succeed: there was no answer, the server named a time to wait, or it failed itself. */
export const isPassing = ({ code, retryAfter, problem }: ClientError): boolean =>
  code === 'unreachable' || retryAfter !== null || (problem !== null && problem.status >= 500);

/** The close codes that say more than that the connection is lost (PROTOCOL.md). */
const CLOSE_REASONS: Readonly<
  Record<number, readonly [code: ClientError['code'], message: string, retryAfter?: number]>
> = {
  [CloseCode.BinaryFrame]: ['unsupported_media_type', 'The server refused a binary frame.'],
  [CloseCode.BadUtf8]: ['malformed_request', 'The server refused text that is not UTF-8.'],
  [CloseCode.TooManyBadMessages]: ['malformed_request', 'The server refused too many malformed messages.'],
  [CloseCode.TooLarge]: ['payload_too_large', 'The server refused a message that is too large.'],
  [CloseCode.Internal]: ['internal', 'An unexpected error occurred on the server.', 5],
  [CloseCode.Overloaded]: ['overloaded', 'The server is overloaded, or this client reads too slowly.', 5],
  [CloseCode.SessionEnded]: ['unauthenticated', 'The session ended. Log in and start a new watch.'],
  [CloseCode.TooManyMessages]: ['rate_limited', 'This client sent too many messages.', 60],
};

/** Translates the code and the reason that a socket was closed with. */
export function reasonOf(closeCode: number, closeReason?: string): ClientError {
  // Another attempt would skip the trades that the server has lost, or be refused.
  if (closeCode === CloseCode.Internal && closeReason === WATCH_AHEAD) {
    return new ClientError(
      'The server has lost trades that this watch received. List the trades again.',
      'validation_failed',
    );
  }
  const known = CLOSE_REASONS[closeCode];
  if (!known) return unreachable(`The connection to Tradepost ended (${closeCode}).`);
  const [code, message, retryAfter = null] = known;
  return new ClientError(message, code, { retryAfter });
}
