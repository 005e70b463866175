import { ClientError } from './errors.js';
import type { Credentials } from './http.js';
import type { ReconnectingListener, ReconnectingParts } from './reconnecting.js';
import { Reconnecting } from './reconnecting.js';
import type { WatchState } from './trade-watch.js';
import type { TradeEvent, Watcher } from './watcher.js';

/** One user's trades from a place on: each once, in order, whatever becomes of the sockets they come over. */
export class TradeFeed implements ReconnectingListener {
  private readonly watchers = new Set<Watcher>();
  private readonly connections: Reconnecting;
  private state: WatchState = 'connecting';
  private userId: string | undefined;
  /** Which are known to be this user's; at first, whoever's they are. */
  private credentials: Credentials;

  constructor(
    parts: ReconnectingParts,
    public position: string | undefined,
    /** It is live now, or a trade came. */
    private readonly onMove: () => void,
  ) {
    this.credentials = parts.session.current;
    this.connections = new Reconnecting(parts, this);
  }

  get isWatched(): boolean {
    return this.watchers.size > 0;
  }

  /** Answers when it is over: with the reason, or null where it was stopped. */
  run(): Promise<ClientError | null> {
    return this.connections.run();
  }

  end(reason: ClientError): void {
    for (const watcher of this.watchers) watcher.end(reason);
  }

  /** For a session that is new. */
  restart(): void {
    this.connections.restart();
  }

  stop(): void {
    this.connections.stop();
  }

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
    // Later, since whoever asked for the watch has no answer yet.
    queueMicrotask(() => watcher.become(this.state));
  }

  remove(watcher: Watcher): boolean {
    return this.watchers.delete(watcher);
  }

  /** Whether one who watches from `after` on, with these credentials, misses nothing here and gets nothing too much. */
  suits(credentials: Credentials, after: string | undefined): boolean {
    return this.credentials === credentials && this.position === after;
  }

  isWhere({ userId, position }: TradeFeed): boolean {
    return this.userId === userId && this.position === position;
  }

  /** Takes over who watches another feed that is at the same place. */
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
      throw new ClientError('The client is logged in as another user now. Watch anew.', 'unauthenticated');
    }
    this.credentials = this.connections.credentials;
  }

  onLive(cursor: string): void {
    this.position ??= cursor;
    for (const watcher of this.watchers) watcher.startAt(this.position);
    this.become('live');
    this.onMove();
  }

  onTrade(event: TradeEvent): void {
    this.position = event.cursor;
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
