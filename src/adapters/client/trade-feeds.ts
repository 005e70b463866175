import type { ReconnectingParts } from './reconnecting.js';
import { TradeFeed } from './trade-feed.js';
import type { TradeListener, TradeWatch, WatchOptions } from './trade-watch.js';
import { Watcher } from './watcher.js';

/**
 * The watches of one client. Those at the same place share a feed, and with it a socket: a user has ten at most, for all
 * windows. One that has something to catch up on has a feed of its own until it has. Feeds move trade by trade, so that
 * they meet, and then they become one.
 */
export class TradeFeeds {
  private readonly feeds = new Set<TradeFeed>();

  constructor(private readonly parts: ReconnectingParts) {
    parts.session.onChange = () => {
      for (const feed of this.feeds) feed.restart();
    };
  }

  watch(listener: TradeListener, options: WatchOptions): TradeWatch {
    const watcher = new Watcher(listener, options, () => this.leave(watcher));
    const { current } = this.parts.session;
    const suitable = [...this.feeds].find(feed => feed.suits(current, options.after));
    (suitable ?? this.open(options.after)).add(watcher);
    return watcher;
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

  /** Into the one that just moved, which is the one that is known to be live. */
  private unite(feed: TradeFeed): void {
    for (const other of this.feeds) {
      if (other === feed || !other.isWhere(feed)) continue;
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
