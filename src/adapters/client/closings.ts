import { ClientError, unreachable } from './errors.js';

type Code = ClientError['code'];

/** The close codes after which there is more to say than that the connection is gone (PROTOCOL.md). */
const REASONS: Readonly<Record<number, readonly [code: Code, message: string, retryAfter?: number]>> = {
  1003: ['unsupported_media_type', 'The server refused a binary frame.'],
  1007: ['malformed_request', 'The server refused text that is not UTF-8.'],
  1008: ['malformed_request', 'The server could not make sense of what it was sent.'],
  1009: ['payload_too_large', 'The server refused a message that is too large.'],
  1011: ['internal', 'The server could not go on with this socket.', 5],
  1013: ['overloaded', 'The server has too much to do, or this client reads too slowly.', 5],
  4401: ['unauthenticated', 'The session ended. Log in and watch anew.'],
  4429: ['rate_limited', 'The server got too many messages.', 60],
};

/** What the server says with the code it closes a socket with. */
export function reasonOf(closeCode: number): ClientError {
  const known = REASONS[closeCode];
  if (!known) return unreachable(`The connection to Tradepost ended (${closeCode}).`);
  const [code, message, retryAfter = null] = known;
  return new ClientError(message, code, { retryAfter });
}

/** What another attempt may mend; after anything else it would end the same way. */
const PASSING: ReadonlySet<Code> = new Set([
  'unreachable',
  'rate_limited',
  'overloaded',
  'storage_unavailable',
  'internal',
]);

export const isPassing = ({ code }: ClientError): boolean => PASSING.has(code);
