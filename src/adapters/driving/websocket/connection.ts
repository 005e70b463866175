import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { InternalError } from '../../../domain/errors.js';
import type { Logger } from '../web/logger.js';
import { reportFailure } from '../web/logger.js';
import { CloseCode } from './close-code.js';
import { Conversation } from './conversation.js';
import { Inbox } from './inbox.js';
import type { Limits } from './limits.js';
import { LAST_ANSWER } from './limits.js';
import { Outbox } from './outbox.js';
import type { Place } from './places.js';
import type { HeldSession } from './socket-session.js';
import { SocketSession } from './socket-session.js';
import { SocketWatch } from './socket-watch.js';
import { Throttle } from './throttle.js';

export interface ConnectionParts {
  readonly socket: WebSocket;
  readonly useCases: UseCases;
  readonly place: Place;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly userAgent: string | null;
  describe(): object;
}

/** One socket, from the handshake to the end. */
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
    const { socket, useCases, limits, logger, userAgent, describe } = parts;
    const close = (code: CloseCode, reason: string): void => this.close(code, reason);
    this.outbox = new Outbox(socket, () => close(CloseCode.Overloaded, 'reading too slowly'));
    this.inbox = new Inbox(message => this.conversation.handle(message).catch(error => this.fail(error)), socket);
    this.session = new SocketSession(useCases, () => void this.retire(CloseCode.SessionEnded, 'the session ended'));
    this.watch = new SocketWatch(useCases, this.outbox, reason => this.onWatchFailed(reason));
    const { session, watch, outbox } = this;
    const methods = { useCases, session, watch, adopt: (held: HeldSession) => this.adopt(held), describe };
    this.conversation = new Conversation({ methods, outbox, throttle: new Throttle(limits), logger, userAgent, close });
  }

  /** `onClosed` is called when the socket is gone. */
  async open(session: HeldSession | null, onClosed: () => void): Promise<void> {
    const { socket, limits } = this.parts;
    socket.on('message', (data: Buffer, isBinary) => this.onMessage(data, isBinary));
    socket.on('ping', () => this.conversation.countControlFrame());
    socket.on('pong', () => this.onPong());
    // Frames that break the protocol; `ws` closes with the right code, and nothing is left to do.
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
    // Reading may be paused, and the answer to the closing has to be read.
    this.parts.socket.resume();
    this.parts.socket.close(code, reason);
  }

  /** Closes as soon as the message in hand is answered; those behind it are not carried out. */
  async retire(code: CloseCode, reason: string): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.watch.close();
    await Promise.race([this.inbox.close(), sleep(LAST_ANSWER, undefined, { ref: false })]);
    this.close(code, reason);
  }

  /** Settles when the socket is closed, by whomever. */
  gone(): Promise<void> {
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
    // The answer to a ping of ours is expected; any other is one more frame that nobody needs.
    if (this.alive) this.conversation.countControlFrame();
    this.alive = true;
  }

  private async endWithoutSession(): Promise<void> {
    // A login that was asked for in time may still wait for its hash.
    await this.inbox.inHand;
    if (this.session.token === null) this.close(CloseCode.NoSessionInTime, 'no session');
  }

  private async adopt(held: HeldSession): Promise<void> {
    this.parts.place.claimFor(held.caller.user.id);
    await this.session.adopt(held);
    clearTimeout(this.sessionTimer);
  }

  private onWatchFailed(reason: TradepostError): void {
    // The end of the session is seen to where it is watched for the socket itself.
    if (reason.code === 'unauthenticated') return;
    reportFailure(this.parts.logger, reason, {});
    this.close(CloseCode.Internal, 'the watch failed');
  }

  /** What nobody foresaw ends this socket, and nothing else. */
  private fail(cause: unknown): void {
    reportFailure(this.parts.logger, new InternalError(cause), {});
    this.close(CloseCode.Internal, 'internal error');
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
