import type { WatchState } from './client.js';
import { ClientError } from './errors.js';
import type { Credentials } from './http.js';
import type { ReconnectingListener, ReconnectingParts } from './reconnecting.js';
import { Reconnecting } from './reconnecting.js';
import type { TradeEvent, Watcher } from './watcher.js';

/** One user's trades from a cursor on: each once, in order, over as many sockets in a row as it takes. */
export class TradeFeed implements ReconnectingListener {
  private readonly watchers = new Set<Watcher>();
  private readonly connections: Reconnecting;
  private state: WatchState = 'connecting';
  private userId: string | undefined;
  /** The credentials with which the user was last confirmed; until then, the current ones. */
  private credentials: Credentials;

  constructor(
    parts: ReconnectingParts,
    public cursor: string | undefined,
    /** Called when the feed becomes live and after each trade. */
    private readonly onMove: () => void,
  ) {
    this.credentials = parts.session.current;
    this.connections = new Reconnecting(parts, this);
  }

  get isWatched(): boolean {
    return this.watchers.size > 0;
  }

  /** Settles when the feed is over: with the reason, or null if it was stopped. */
  run(): Promise<ClientError | null> {
    return this.connections.run();
  }

  end(reason: ClientError): void {
    for (const watcher of this.watchers) watcher.end(reason);
  }

  /** Reconnects with the client's new credentials. */
  restart(): void {
    this.connections.restart();
  }

  stop(): void {
    this.connections.stop();
  }

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
    // `onState` must not be called before `watchTrades` has returned.
    queueMicrotask(() => watcher.become(this.state));
  }

  remove(watcher: Watcher): boolean {
    return this.watchers.delete(watcher);
  }

  /** Whether a watch from `after` on, with these credentials, would get exactly its trades here. */
  suits(credentials: Credentials, after: string | undefined): boolean {
    return this.credentials === credentials && this.cursor === after;
  }

  /** Whether both feeds have the same user and cursor. */
  hasSameCursor({ userId, cursor }: TradeFeed): boolean {
    return this.userId === userId && this.cursor === cursor;
  }

  /** Takes over the watchers of a feed with the same cursor. */
  absorb(other: TradeFeed): void {
    for (const watcher of other.watchers) this.add(watcher);
    other.watchers.clear();
  }

  onConnecting(): void {
    this.become('connecting');
  }

  onUser(id: string): void {
    this.userId ??= id;
    if (this.userId !== id) {
      throw new ClientError('The client is now logged in as another user. Start a new watch.', 'unauthenticated');
    }
    this.credentials = this.connections.credentials;
  }

  onLive(cursor: string): void {
    this.cursor ??= cursor;
    for (const watcher of this.watchers) watcher.startAt(this.cursor);
    this.become('live');
    this.onMove();
  }

  onTrade(event: TradeEvent): void {
    this.cursor = event.cursor;
    for (const watcher of this.watchers) watcher.receive(event);
    this.onMove();
  }

  onWaiting(reason: ClientError): void {
    this.become('waiting', reason);
  }

  private become(state: WatchState, reason: ClientError | null = null): void {
    this.state = state;
    for (const watcher of this.watchers) watcher.become(state, reason);
  }
}
