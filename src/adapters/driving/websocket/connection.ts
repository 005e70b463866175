import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Logger } from '../web/logger.js';
import { reportFailure } from '../web/report-failure.js';
import { call } from './call.js';
import { CloseCode } from './close-code.js';
import { TooManyMessages } from './errors.js';
import { Inbox } from './inbox.js';
import type { Message } from './json-rpc.js';
import { errorText, readMessage, resultText } from './json-rpc.js';
import type { Limits } from './limits.js';
import { BAD_MESSAGES_PERIOD, MAX_REFUSALS } from './limits.js';
import { Outbox } from './outbox.js';
import type { Place } from './places.js';
import type { SocketParts } from './socket-methods.js';
import type { HeldSession } from './socket-session.js';
import { SocketSession } from './socket-session.js';
import { SocketWatch } from './socket-watch.js';
import { TokenBucket } from './token-bucket.js';

export interface ConnectionParts {
  readonly socket: WebSocket;
  readonly useCases: UseCases;
  readonly place: Place;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly userAgent: string | null;
  describe(): object;
}

/** Milliseconds the message in hand has to be answered before its socket is closed. */
const LAST_ANSWER = 500;
const MINUTE = 60_000;

/** One socket, from the handshake to the end. */
export class Connection {
  private readonly outbox: Outbox;
  private readonly inbox: Inbox;
  private readonly session: SocketSession;
  private readonly watch: SocketWatch;
  private readonly methods: SocketParts;
  private readonly budget: TokenBucket | null;
  private readonly refusals = new TokenBucket(MAX_REFUSALS, MINUTE);
  private readonly badMessages: TokenBucket | null;
  private sessionTimer: NodeJS.Timeout | undefined;
  private closing = false;
  private alive = true;

  constructor(private readonly parts: ConnectionParts) {
    const { socket, useCases, limits, describe } = parts;
    this.outbox = new Outbox(socket, () => this.close(CloseCode.Overloaded, 'reading too slowly'));
    this.inbox = new Inbox(message => this.handle(message), socket);
    this.session = new SocketSession(useCases, () => void this.retire(CloseCode.SessionEnded, 'the session ended'));
    this.watch = new SocketWatch(useCases, this.outbox, reason => this.onWatchFailed(reason));
    this.methods = { useCases, session: this.session, watch: this.watch, adopt: held => this.adopt(held), describe };
    this.budget = limits.messagesPerMinute === null ? null : new TokenBucket(limits.messagesPerMinute, MINUTE);
    // The last of them is the one that ends the connection.
    this.badMessages =
      limits.badMessages === null ? null : new TokenBucket(limits.badMessages - 1, BAD_MESSAGES_PERIOD);
  }

  /** `onClosed` is called when the socket is gone. */
  async open(session: HeldSession | null, onClosed: () => void): Promise<void> {
    const { socket, limits } = this.parts;
    socket.on('message', (data: Buffer, isBinary) => this.onMessage(data, isBinary));
    socket.on('pong', () => {
      this.alive = true;
    });
    // Frames that break the protocol; `ws` closes with the right code, and nothing is left to do.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.release();
      onClosed();
    });
    if (session) await this.session.adopt(session);
    else
      this.sessionTimer = setTimeout(
        () => this.close(CloseCode.NoSessionInTime, 'no session'),
        limits.sessionPatience,
      ).unref();
  }

  close(code: CloseCode, reason: string): void {
    if (this.closing && this.parts.socket.readyState !== WebSocket.OPEN) return;
    this.release();
    // Reading may be paused, and the answer to the closing has to be read.
    this.parts.socket.resume();
    this.parts.socket.close(code, reason);
  }

  /** Closes as soon as the message in hand is answered; those behind it are not carried out. */
  async retire(code: CloseCode, reason: string): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.watch.stop();
    await Promise.race([this.inbox.close(), sleep(LAST_ANSWER, undefined, { ref: false })]);
    this.close(code, reason);
  }

  terminate(): void {
    this.parts.socket.terminate();
  }

  ping(): void {
    this.alive = false;
    if (this.parts.socket.readyState === WebSocket.OPEN) this.parts.socket.ping();
  }

  dropUnlessAlive(): void {
    if (!this.alive) this.terminate();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.close(CloseCode.BinaryFrame, 'send text');
    else this.inbox.push(data);
  }

  private async handle(data: Buffer): Promise<void> {
    if (this.closing) return;
    const message = readMessage(data);
    if (this.budget && !this.budget.take()) return this.refuse(message, this.budget.secondsToNext);
    if ('error' in message) return this.answerError(message.id, message.error, message.code);
    const { id, method, params } = message;
    try {
      const { result, afterwards } = await call(this.methods, this.parts.userAgent, method, params);
      if (id !== undefined) this.outbox.send(resultText(id, result));
      if (!this.closing) afterwards?.();
    } catch (error) {
      // `call` throws nothing else.
      this.answerError(id, error as TradepostError);
    }
  }

  private refuse({ id }: Message, retryAfter: number): void {
    this.answerError(id, new TooManyMessages(retryAfter));
    if (!this.refusals.take()) this.close(CloseCode.TooManyMessages, 'too many messages');
  }

  private answerError(id: Message['id'], error: TradepostError, code?: number): void {
    const requestId = randomUUID();
    reportFailure(this.parts.logger, error, { requestId });
    if (id !== undefined) this.outbox.send(errorText(id, error, requestId, code));
    if (error.code === 'unauthenticated' && this.session.token !== null) {
      this.close(CloseCode.SessionEnded, 'the session ended');
    } else if (NOT_UNDERSTOOD.has(error.code) && this.badMessages?.take() === false) {
      this.close(CloseCode.TooManyBadMessages, 'too many bad messages');
    }
  }

  private async adopt(held: HeldSession): Promise<void> {
    this.parts.place.claimFor(held.caller.user.id);
    clearTimeout(this.sessionTimer);
    await this.session.adopt(held);
  }

  private onWatchFailed(reason: TradepostError): void {
    // The end of the session is seen to where it is watched for the socket itself.
    if (reason.code === 'unauthenticated') return;
    reportFailure(this.parts.logger, reason, {});
    this.close(CloseCode.Internal, 'the watch failed');
  }

  private release(): void {
    this.closing = true;
    clearTimeout(this.sessionTimer);
    void this.inbox.close();
    this.watch.stop();
    this.session.close();
    this.outbox.release();
  }
}

const NOT_UNDERSTOOD: ReadonlySet<TradepostError['code']> = new Set([
  'malformed_request',
  'validation_failed',
  'route_not_found',
]);
