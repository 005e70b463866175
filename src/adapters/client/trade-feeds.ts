import type { Watch, WatchedTrade, WatchListener, WatchOptions, WatchState } from './client.js';
import type { ClientError } from './errors.js';
import { OtherUser } from './errors.js';
import type { Credentials } from './http.js';
import type { ReconnectingListener, ReconnectingParts } from './reconnecting.js';
import { Reconnecting } from './reconnecting.js';
import type { WatchEnd } from './watcher.js';
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
    // `onState` must not be called before `watchTrades` has returned.
    if (options.signal?.aborted) queueMicrotask(() => watcher.stop());
    else this.join(watcher);
    return watcher;
  }

  /** Reconnects all feeds with the client's new credentials. */
  restart(): void {
    for (const feed of this.feeds) feed.restart();
  }

  private join(watcher: Watcher): void {
    const { current } = this.parts.session;
    const suitable = [...this.feeds].find(feed => feed.suits(current, watcher));
    (suitable ?? this.open(watcher)).add(watcher);
  }

  private open({ received, userId }: Watcher): TradeFeed {
    const feed = new TradeFeed(this.parts, received, userId, {
      onMove: () => this.unite(feed),
      onFull: watcher => void this.pause(watcher),
    });
    this.feeds.add(feed);
    void feed.run().then(end => {
      this.feeds.delete(feed);
      if (end) feed.end(end);
    });
    return feed;
  }

  /**
   * Takes a watch whose listener is slow off its socket until the listener has everything, because browsers receive
   * without end, whatever the page does with it. The log has the rest.
   */
  private async pause(watcher: Watcher): Promise<void> {
    this.leave(watcher);
    this.parts.debug('paused for the listener', { cursor: watcher.received ?? null });
    await watcher.drained();
    if (!watcher.isOver) this.join(watcher);
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

interface FeedListener {
  /** Called when the feed becomes live and after each trade. */
  onMove(): void;
  /** Called with a watch that must not receive more. */
  onFull(watcher: Watcher): void;
}

/** One user's trades from a cursor on: each once, in order, over as many sockets in a row as it takes. */
export class TradeFeed implements ReconnectingListener {
  private readonly watchers = new Set<Watcher>();
  private readonly connections: Reconnecting;
  private state: WatchState = 'connecting';
  /** The credentials with which the user was last confirmed; until then, the current ones. */
  private credentials: Credentials;

  constructor(
    parts: ReconnectingParts,
    public cursor: string | undefined,
    private userId: string | undefined,
    private readonly listener: FeedListener,
  ) {
    this.credentials = parts.session.current;
    this.connections = new Reconnecting(parts, this);
  }

  get isWatched(): boolean {
    return this.watchers.size > 0;
  }

  /** Settles when the feed is over: with how it ended, or null if it was stopped. */
  run(): Promise<WatchEnd | null> {
    return this.connections.run();
  }

  end(end: WatchEnd): void {
    for (const watcher of this.watchers) watcher.end(end);
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

  /** Whether a watch would get exactly its trades here, with these credentials. */
  suits(credentials: Credentials, { received, userId }: Watcher): boolean {
    const isSameUser = userId === undefined || userId === this.userId;
    return this.credentials === credentials && this.cursor === received && isSameUser;
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
    if (this.userId !== id) throw new OtherUser();
    this.credentials = this.connections.credentials;
  }

  onLive(cursor: string): void {
    this.cursor ??= cursor;
    for (const watcher of this.watchers) watcher.startAt(this.cursor, this.userId);
    this.become('live');
    this.listener.onMove();
  }

  onTrade(event: WatchedTrade): void {
    this.cursor = event.cursor;
    for (const watcher of this.watchers) watcher.receive(event);
    for (const watcher of this.watchers) if (watcher.isFull) this.listener.onFull(watcher);
    // Without watches the feed is closed, and must not take over those of another one.
    if (this.isWatched) this.listener.onMove();
  }

  onWaiting(reason: ClientError): void {
    this.become('waiting', reason);
  }

  private become(state: WatchState, reason: ClientError | null = null): void {
    this.state = state;
    for (const watcher of this.watchers) watcher.become(state, reason);
  }
}
