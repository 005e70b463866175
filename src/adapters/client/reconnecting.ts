import { CALLER_OPERATION } from '../driving/operations/surface.js';
import type { ClientSession } from './client-session.js';
import { asClientError, ClientError, isPassing, OtherUser, unreachable } from './errors.js';
import { checkHandshake } from './handshake-check.js';
import type { Credentials, Fetch } from './http.js';
import type { ConnectionListener, ConnectionParts, Me } from './trade-connection.js';
import { TradeConnection } from './trade-connection.js';
import type { WatchEnd } from './watcher.js';

export interface ReconnectingParts extends ConnectionParts {
  readonly fetch: Fetch;
  readonly session: ClientSession;
  /** Milliseconds to wait after this many failed attempts in a row. */
  backoff(failures: number): number;
}

export interface ReconnectingListener extends ConnectionListener {
  /** The cursor of the last trade that was received. */
  readonly cursor: string | undefined;
  onConnecting(): void;
  onWaiting(reason: ClientError): void;
}

/** One connection after another, with growing pauses while connecting fails. */
export class Reconnecting {
  /** The credentials of the current or next connection. */
  credentials: Credentials;
  private connection: TradeConnection | undefined;
  private failures = 0;
  private stopped = false;
  /** Whether the next attempt begins at once, because its HTTP request finds out if the session has ended. */
  private skipsPause = false;
  private endPause = (): void => undefined;
  /** Whether a handshake has succeeded, or is known to be possible. */
  private isPossible = false;
  private isChecking = false;
  /** Why every handshake will fail. */
  private refusal: ClientError | undefined;
  private readonly checking = new AbortController();

  constructor(
    private readonly parts: ReconnectingParts,
    private readonly listener: ReconnectingListener,
  ) {
    this.credentials = parts.session.current;
  }

  /** Settles when it is over: with how it ended, or null if it was stopped. */
  async run(): Promise<WatchEnd | null> {
    const { session } = this.parts;
    if (session.loading) await session.loading;
    while (!this.isStopped()) {
      this.credentials = session.current;
      this.listener.onConnecting();
      const reason = await this.connect();
      // The session may have ended because of this client's own login or logout, whose answer has not arrived yet.
      await session.settled();
      if (this.isOutdated()) continue;
      if (!isPassing(reason)) {
        if (reason.code === 'unauthenticated' && !(reason instanceof OtherUser)) session.end(this.credentials, reason);
        return { state: 'ended', reason };
      }
      if (!this.isPossible && !this.isChecking && !this.refusal) void this.check();
      if (!this.skipsPause && !this.refusal) await this.pause(reason);
      if (this.refusal && !this.isStopped()) return { state: 'refused', reason: this.refusal };
    }
    return null;
  }

  /** Drops the current connection, or ends the pause, so that the next one has the new credentials. */
  restart(): void {
    this.connection?.drop();
    this.endPause();
  }

  stop(): void {
    this.stopped = true;
    this.checking.abort();
    this.restart();
  }

  /**
   * Finds out why no handshake succeeded so far. It does so beside the pauses and attempts, because the server may only
   * be away. Once a handshake has succeeded, failures pass.
   */
  private async check(): Promise<void> {
    this.isChecking = true;
    const verdict = await checkHandshake(this.parts, this.checking.signal);
    this.isChecking = false;
    const summary = typeof verdict === 'string' ? verdict : verdict.code;
    this.parts.debug('handshake checked', { verdict: summary });
    if (verdict === 'possible' || this.connection?.wasOpen) this.isPossible = true;
    if (typeof verdict === 'string' || this.stopped || this.isPossible) return;
    this.refusal = verdict;
    this.restart();
  }

  private async connect(): Promise<ClientError> {
    this.skipsPause = false;
    try {
      await this.checkCredentials();
      if (this.isOutdated()) return unreachable('The session has changed.');
      this.connection = new TradeConnection(this.parts, this.credentials, this.listener);
    } catch (error) {
      return asClientError(error);
    }
    const reason = await this.connection.run(this.listener.cursor);
    if (this.connection.wasOpen) {
      this.isPossible = true;
      this.refusal = undefined;
    }
    if (this.connection.wasLive) this.failures = 0;
    // A login in another window may have set a newer cookie. The next attempt finds out.
    const mayPass = this.credentials.cookie && reason.code === 'unauthenticated';
    this.skipsPause = mayPass && this.connection.wasLive;
    return mayPass ? unreachable(reason.message, { cause: reason }) : reason;
  }

  /** Checks a cookie over HTTP first, because browsers hide why a handshake was refused. */
  private async checkCredentials(): Promise<void> {
    const { cookie, token } = this.credentials;
    if (!cookie && token === null) {
      throw new ClientError('There is no session. Log in and start a new watch.', 'unauthenticated');
    }
    if (!cookie) return;
    const { user } = (await this.parts.session.call(CALLER_OPERATION)) as Me;
    if (!this.isOutdated()) this.listener.onUser(user.id);
  }

  private async pause(reason: ClientError): Promise<void> {
    this.listener.onWaiting(reason);
    this.failures += 1;
    // The backoff is added to `retryAfter`, because the server names the same time to all clients.
    const milliseconds = (reason.retryAfter ?? 0) * 1000 + this.parts.backoff(this.failures);
    this.parts.debug('waiting to reconnect', { failures: this.failures, milliseconds, reason: reason.code });
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds);
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

/** Milliseconds. */
const FIRST_BOUND = 250;
const LARGEST_BOUND = 30_000;

/**
 * Milliseconds before attempt `failures` + 1: random up to a bound that doubles ("full jitter"), so that clients that
 * lost the same server do not all return at the same moment.
 */
export const fullJitter = (failures: number, random: () => number = Math.random): number =>
  Math.round(random() * Math.min(LARGEST_BOUND, FIRST_BOUND * 2 ** Math.min(failures, 16)));
