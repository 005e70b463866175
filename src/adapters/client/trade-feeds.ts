import type { Watch, WatchListener, WatchOptions } from './client.js';
import type { ReconnectingParts } from './reconnecting.js';
import { TradeFeed } from './trade-feed.js';
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
