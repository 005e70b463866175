import { randomUUID } from 'node:crypto';
import { TradepostError } from '../../../domain/errors.js';
import type { ProblemCode } from '../operations/index.js';
import type { ObserveCall } from '../operations/observing.js';
import { endOfError, OK } from '../operations/observing.js';
import type { Logger } from '../web/logger.js';
import { reportFailure } from '../web/logger.js';
import type { Outbox } from './backpressure.js';
import type { Client } from './call.js';
import { call, operationOf } from './call.js';
import type { Message, Request } from './json-rpc.js';
import { errorText, readMessage, resultText } from './json-rpc.js';
import { CloseCode } from './protocol.js';
import type { SocketParts } from './socket-methods.js';
import type { Throttle } from './throttle.js';
import { TooManyMessages } from './throttle.js';

export interface ConversationParts {
  readonly methods: SocketParts;
  readonly outbox: Outbox;
  readonly throttle: Throttle;
  readonly logger: Logger;
  readonly client: Client;
  /** The request id of the handshake, for the log. */
  readonly handshakeId: string;
  /** Null where no calls are observed. */
  readonly observe: ObserveCall | null;
  close(code: CloseCode, reason: string): void;
}

/** The requests of one socket: reads each message, carries it out and answers it, or closes the socket. */
export class Conversation {
  constructor(private readonly parts: ConversationParts) {}

  /** Rejects only with unhandled errors. */
  async handle(data: Buffer): Promise<void> {
    const message = readMessage(data);
    const retryAfter = this.parts.throttle.countMessage();
    if (retryAfter !== null) return this.refuse(message, retryAfter);
    if ('error' in message) {
      this.observeRefusal(message.error);
      return this.answerError(message.id, message.error, message.code);
    }
    await this.carryOut(message);
  }

  /** Control frames count as messages. They cannot be answered with an error, so only the flood limit applies. */
  countControlFrame(): void {
    const { throttle } = this.parts;
    if (throttle.countMessage() !== null && throttle.countRefusal()) this.closeForFlood();
  }

  private async carryOut({ id, method, params }: Request): Promise<void> {
    const { methods, outbox, client, observe, close } = this.parts;
    try {
      const { result, afterwards, endsSession } = observe
        ? await observe(
            { operation: operationOf(methods, method), transport: 'websocket' },
            () => call(methods, client, method, params),
            () => OK,
          )
        : await call(methods, client, method, params);
      if (id !== undefined) outbox.send(resultText(id, result));
      if (endsSession) close(CloseCode.SessionEnded, 'the session ended');
      else afterwards?.();
    } catch (error) {
      if (!(error instanceof TradepostError)) throw error;
      this.answerError(id, error);
    }
  }

  private refuse({ id }: Message, retryAfter: number): void {
    const error = new TooManyMessages(retryAfter);
    this.observeRefusal(error);
    this.answerError(id, error);
    if (this.parts.throttle.countRefusal()) this.closeForFlood();
  }

  /** A message that names no operation, or whose operation is not looked at. */
  private observeRefusal(error: TradepostError): void {
    const call = { operation: null, transport: 'websocket' } as const;
    void this.parts.observe?.(
      call,
      async () => error,
      () => endOfError(error),
    );
  }

  private closeForFlood(): void {
    this.parts.close(CloseCode.TooManyMessages, 'too many messages');
  }

  private answerError(id: Message['id'], error: TradepostError, code?: number): void {
    const { logger, outbox, methods, throttle, handshakeId, close } = this.parts;
    const requestId = randomUUID();
    reportFailure(logger, error, { requestId, handshakeId });
    if (id !== undefined) outbox.send(errorText(id, error, requestId, code));
    if (error.code === 'unauthenticated' && methods.session.token !== null) {
      close(CloseCode.SessionEnded, 'the session ended');
    } else if (BAD_MESSAGE.has(error.code) && throttle.countBadMessage()) {
      close(CloseCode.TooManyBadMessages, 'too many bad messages');
    }
  }
}

const BAD_MESSAGE: ReadonlySet<string> = new Set<ProblemCode>([
  'malformed_request',
  'validation_failed',
  'route_not_found',
]);
