import type { ClientSession } from './client-session.js';
import { isPassing } from './closings.js';
import { asClientError, ClientError, unreachable } from './errors.js';
import type { Credentials } from './http.js';
import type { ConnectionListener, ConnectionParts, Me } from './trade-connection.js';
import { TradeConnection } from './trade-connection.js';

export interface ReconnectingParts extends ConnectionParts {
  readonly session: ClientSession;
  /** Milliseconds to wait after so many attempts in a row that failed. */
  backoff(failures: number): number;
}

export interface ReconnectingListener extends ConnectionListener {
  /** Of the last trade that came. */
  readonly position: string | undefined;
  onConnecting(): void;
  onWaiting(reason: ClientError): void;
}

/** One connection after another, with pauses that grow while there is none. */
export class Reconnecting {
  /** What the connection there is, or is to be, was opened with. */
  credentials: Credentials;
  private connection: TradeConnection | undefined;
  private failures = 0;
  private stopped = false;
  private endPause = (): void => undefined;

  constructor(
    private readonly parts: ReconnectingParts,
    private readonly listener: ReconnectingListener,
  ) {
    this.credentials = parts.session.current;
  }

  /** Answers when it is over: with the reason, or null where it was stopped. */
  async run(): Promise<ClientError | null> {
    while (!this.isStopped()) {
      this.credentials = this.parts.session.current;
      this.listener.onConnecting();
      const reason = await this.connect();
      // The server may have ended the session for a login or a logout of ours, whose answer is still on its way.
      await this.parts.session.settled();
      if (this.isOutdated()) continue;
      if (!isPassing(reason)) return reason;
      await this.pause(reason);
    }
    return null;
  }

  /** Gives up what goes on now, for a new session. */
  restart(): void {
    this.connection?.drop();
    this.endPause();
  }

  stop(): void {
    this.stopped = true;
    this.restart();
  }

  private async connect(): Promise<ClientError> {
    try {
      await this.checkCredentials();
      if (this.isOutdated()) return unreachable('The session changed meanwhile.');
      this.connection = new TradeConnection(this.parts, this.credentials, this.listener);
    } catch (error) {
      return asClientError(error);
    }
    const reason = await this.connection.run(this.listener.position);
    if (this.connection.wasLive) this.failures = 0;
    // There may be a newer cookie, of a login in another window. The next attempt asks.
    const mayPass = this.credentials.cookie && reason.code === 'unauthenticated';
    return mayPass ? unreachable(reason.message, { cause: reason }) : reason;
  }

  /** A browser does not tell with which status a handshake was refused, so that HTTP has to be asked for a cookie. */
  private async checkCredentials(): Promise<void> {
    const { cookie, token } = this.credentials;
    if (!cookie && token === null) {
      throw new ClientError('There is no session. Log in and watch anew.', 'unauthenticated');
    }
    if (!cookie) return;
    const { user } = (await this.parts.session.call('users.me')) as Me;
    if (!this.isOutdated()) this.listener.onUser(user.id);
  }

  private async pause(reason: ClientError): Promise<void> {
    this.listener.onWaiting(reason);
    this.failures += 1;
    // On top of it, for the server tells all its clients the same.
    const wait = (reason.retryAfter ?? 0) * 1000 + this.parts.backoff(this.failures);
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, wait);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private isOutdated(): boolean {
    return this.stopped || this.credentials !== this.parts.session.current;
  }
}
