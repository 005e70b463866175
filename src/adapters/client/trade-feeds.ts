import type { Watch, WatchListener, WatchOptions, WatchState } from './client.js';
import { ClientError } from './errors.js';
import type { Credentials } from './http.js';
import type { ReconnectingListener, ReconnectingParts } from './reconnecting.js';
import { Reconnecting } from './reconnecting.js';
import type { TradeEvent } from './watcher.js';
import { Watcher } from './watcher.js';

/**
 * The watches of one client. A user may have few sockets, so watches with the same cursor share a feed and its socket. A
 * watch that has to catch up gets its own feed. Two feeds that reach the same cursor are united.
 */
export class TradeFeeds {
  private readonly feeds = new Set<TradeFeed>();

  constructor(private readonly parts: ReconnectingParts) {}

  watch(listener: WatchListener, options: WatchOptions): Watch {
    const watcher = new Watcher(listener, options, () => this.leave(watcher));
    const { current } = this.parts.session;
    const suitable = [...this.feeds].find(feed => feed.suits(current, options.after));
    (suitable ?? this.open(options.after)).add(watcher);
    return watcher;
  }

  /** Reconnects all feeds with the client's new credentials. */
  restart(): void {
    for (const feed of this.feeds) feed.restart();
  }

  private open(after: string | undefined): TradeFeed {
    const feed = new TradeFeed(this.parts, after, () => this.unite(feed));
    this.feeds.add(feed);
    void feed.run().then(reason => {
      this.feeds.delete(feed);
      if (reason) feed.end(reason);
    });
    return feed;
  }

  /** Unites other feeds with `feed`, which has just moved and so is known to be live. */
  private unite(feed: TradeFeed): void {
    for (const other of this.feeds) {
      if (other === feed || !other.hasSameCursor(feed)) continue;
      feed.absorb(other);
      this.close(other);
    }
  }

  private leave(watcher: Watcher): void {
    for (const feed of this.feeds) if (feed.remove(watcher) && !feed.isWatched) this.close(feed);
  }

  private close(feed: TradeFeed): void {
    this.feeds.delete(feed);
    feed.stop();
  }
}

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
