import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { InternalError } from '../../../domain/errors.js';
import { WebSocket } from '../../../peers/ws.js';
import type { OperationName } from '../operations/index.js';
import type { ObserveCall, ReportDelivery } from '../operations/observing.js';
import type { Logger } from '../web/logger.js';
import { reportFailure } from '../web/logger.js';
import { Inbox, Outbox } from './backpressure.js';
import type { Client } from './call.js';
import { Conversation } from './conversation.js';
import type { SocketLimits } from './limits.js';
import { ANONYMOUS_CLOSE_TIMEOUT, LAST_ANSWER } from './limits.js';
import { CloseCode, WATCH_AHEAD } from './protocol.js';
import type { Slot } from './slots.js';
import type { HeldSession } from './socket-session.js';
import { SocketSession } from './socket-session.js';
import { SocketWatch } from './socket-watch.js';
import { Throttle } from './throttle.js';

export interface ConnectionParts {
  readonly socket: WebSocket;
  /** The stream below the socket. */
  readonly stream: Duplex;
  readonly useCases: UseCases;
  readonly slot: Slot;
  readonly limits: SocketLimits;
  readonly logger: Logger;
  readonly client: Client;
  /** The request id of the handshake, for the log. */
  readonly handshakeId: string;
  /** Null where no calls are observed. */
  readonly observe: ObserveCall | null;
  readonly report: ReportDelivery | null;
  /** Returns the OpenRPC document. */
  offers(name: OperationName): boolean;
  describe(): object;
}

/** One socket from the handshake to its end. */
export class Connection {
  private readonly outbox: Outbox;
  private readonly inbox: Inbox;
  private readonly session: SocketSession;
  private readonly watch: SocketWatch;
  private readonly conversation: Conversation;
  private sessionTimer: NodeJS.Timeout | undefined;
  private closing = false;
  private alive = true;

  constructor(private readonly parts: ConnectionParts) {
    const { socket, stream, useCases, limits, logger, client, handshakeId, observe, report, offers, describe } = parts;
    const close = (code: CloseCode, reason: string): void => this.close(code, reason);
    this.outbox = new Outbox(socket, stream, () => close(CloseCode.Overloaded, 'reading too slowly'));
    this.inbox = new Inbox(message => this.conversation.handle(message).catch(error => this.fail(error)), socket);
    this.session = new SocketSession(useCases, () => void this.retire(CloseCode.SessionEnded, 'the session ended'));
    this.watch = new SocketWatch(useCases, this.outbox, report, reason => this.onWatchFailed(reason));
    const { session, watch, outbox } = this;
    const methods = { useCases, session, watch, adopt: (held: HeldSession) => this.adopt(held), offers, describe };
    const throttle = new Throttle(limits);
    this.conversation = new Conversation({ methods, outbox, throttle, logger, client, handshakeId, observe, close });
  }

  /** Starts to read. Calls `onClosed` when the socket is closed, whichever side closed it. */
  async open(session: HeldSession | null, onClosed: () => void): Promise<void> {
    const { socket, limits } = this.parts;
    socket.on('message', (data: Buffer, isBinary) => this.onMessage(data, isBinary));
    socket.on('ping', () => this.conversation.countControlFrame());
    socket.on('pong', () => this.onPong());
    // `ws` closes the socket with the right code for a frame that breaks RFC 6455; nothing else has to be done.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.release();
      onClosed();
    });
    if (session) await this.session.adopt(session).catch(error => this.fail(error));
    else this.sessionTimer = setTimeout(() => void this.endWithoutSession(), limits.sessionPatience).unref();
  }

  close(code: CloseCode, reason: string): void {
    if (this.closing && this.parts.socket.readyState !== WebSocket.OPEN) return;
    this.release();
    // Reading may be paused, but the client's close frame has to be read.
    this.parts.socket.resume();
    this.parts.socket.close(code, reason);
  }

  /** Closes without waiting for the client's close frame: for sockets that have no session. */
  end(code: CloseCode, reason: string): void {
    const { socket } = this.parts;
    this.close(code, reason);
    const timer = setTimeout(() => socket.terminate(), ANONYMOUS_CLOSE_TIMEOUT).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  /** Closes after the current message is answered, or after `LAST_ANSWER`. Queued messages are not carried out. */
  async retire(code: CloseCode, reason: string): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.watch.close();
    await Promise.race([this.inbox.close(), sleep(LAST_ANSWER, undefined, { ref: false })]);
    this.close(code, reason);
  }

  /** Settles when the socket is closed, whichever side closed it. */
  waitForClose(): Promise<void> {
    const { socket } = this.parts;
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise(resolve => socket.once('close', () => resolve()));
  }

  ping(): void {
    this.alive = false;
    if (this.parts.socket.readyState === WebSocket.OPEN) this.parts.socket.ping();
  }

  dropUnlessAlive(): void {
    if (!this.alive) this.parts.socket.terminate();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) this.close(CloseCode.BinaryFrame, 'send text');
    else this.inbox.push(data);
  }

  private onPong(): void {
    // An unsolicited pong counts as a message; the answer to the server's ping does not.
    if (this.alive) this.conversation.countControlFrame();
    this.alive = true;
  }

  private async endWithoutSession(): Promise<void> {
    // A login that was requested in time may still be waiting for its hash.
    await this.inbox.current;
    if (this.session.token === null) this.end(CloseCode.NoSessionInTime, 'no session');
  }

  private async adopt(held: HeldSession): Promise<void> {
    this.parts.slot.assignTo(held.caller.user.id);
    await this.session.adopt(held);
    clearTimeout(this.sessionTimer);
  }

  private onWatchFailed(reason: TradepostError): void {
    // `SocketSession` closes the socket when its session ends.
    if (reason.code === 'unauthenticated') return;
    this.reportFailure(reason);
    this.close(CloseCode.Internal, reason.code === 'validation_failed' ? WATCH_AHEAD : 'the watch failed');
  }

  /** An unhandled error closes this socket and no other. */
  private fail(cause: unknown): void {
    this.reportFailure(new InternalError(cause));
    this.close(CloseCode.Internal, 'internal error');
  }

  private reportFailure(error: TradepostError): void {
    const { logger, handshakeId } = this.parts;
    reportFailure(logger, error, { handshakeId });
  }

  private release(): void {
    this.closing = true;
    clearTimeout(this.sessionTimer);
    void this.inbox.close();
    this.watch.close();
    this.session.close();
    this.outbox.release();
  }
}
