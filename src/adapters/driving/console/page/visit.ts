import type { Client, Watch, WatchState } from '../../../client/index.js';
import { ClientError } from '../../../client/index.js';
import { CardsView } from './cards-view.js';
import type { Member, Session, Trade, User } from './member.js';
import { untilAnswered } from './patience.js';
import { SessionsView } from './sessions-view.js';
import { sentenceFor, TradesView } from './trades-view.js';
import type { View } from './views.js';
import { banner, toast } from './views.js';
import { messageFor, NO_ANSWER } from './words.js';

export interface VisitParts {
  readonly client: Client;
  readonly user: User;
  readonly session: Session;
  /** Called once, if a request or the watch finds that the session has ended. */
  readonly onLost: () => void;
  readonly onState: (state: WatchState) => void;
}

/** The time from a login to its end: the views of one user, kept up to date by a watch. */
export class Visit implements Member {
  readonly client: Client;
  readonly user: User;
  readonly views: Readonly<Record<string, View>>;
  private readonly cards: CardsView;
  private readonly trades: TradesView;
  private readonly sessions: SessionsView;
  private watch: Watch | undefined;
  private isOver = false;
  private wasAway = false;

  constructor(private readonly parts: VisitParts) {
    this.client = parts.client;
    this.user = parts.user;
    this.cards = new CardsView(this);
    this.trades = new TradesView(this);
    this.sessions = new SessionsView(this);
    this.views = { '#/cards': this.cards, '#/trades': this.trades, '#/sessions': this.sessions };
  }

  /** Loads the views and begins to watch. */
  start(): void {
    this.run(async () => {
      const [after] = await Promise.all([this.trades.load(), this.cards.load()]);
      if (!this.isOver) this.watchFrom(after);
    });
  }

  /** Logs out. Stops the watch before, because its socket ends with the session. @throws ClientError */
  async logOut(): Promise<void> {
    const { watch } = this;
    watch?.stop();
    try {
      await this.client.logout();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // Without a session there is nothing to log out of.
      if (error.code !== 'unauthenticated') {
        if (watch?.cursor !== undefined) this.watchFrom(watch.cursor);
        throw error;
      }
    }
    this.stop();
  }

  private watchFrom(after: string): void {
    this.watch = this.client.watchTrades(trade => this.onTrade(trade), {
      after,
      onState: (state, reason) => this.onState(state, reason),
      // The session is not over where no socket can be opened: everything but live trades works.
      onEnd: () => this.watch?.state !== 'refused' && this.lose(),
    });
  }

  /** Ends the watch and all requests that are being repeated. */
  stop(): void {
    this.isOver = true;
    this.watch?.stop();
    document.querySelector('dialog')?.remove();
    banner('');
  }

  readonly request = async <Result>(attempt: () => Promise<Result>, onWaiting?: () => void): Promise<Result> => {
    const waiting = (): void => {
      banner(`${NO_ANSWER} Trying again …`);
      onWaiting?.();
    };
    try {
      const result = await untilAnswered(attempt, { isOver: () => this.isOver, onWaiting: waiting });
      if (!this.isOver && this.watch?.state !== 'waiting' && this.watch?.state !== 'refused') banner('');
      return result;
    } catch (error) {
      if (error instanceof ClientError && error.code === 'unauthenticated') this.lose();
      throw error;
    }
  };

  run(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
      if (!this.isOver) toast(messageFor(error));
    });
  }

  /** Whether the session has reached its end, by this computer's clock. */
  get hasExpired(): boolean {
    return Date.now() >= Date.parse(this.parts.session.expiresAt);
  }

  private onTrade(trade: Trade): void {
    this.trades.onTrade(trade);
    this.run(() => this.cards.onTrade(trade));
    if (trade.recipient.id === this.user.id) toast(sentenceFor(trade, this.user.id));
  }

  private onState(state: WatchState, reason: ClientError | null): void {
    if (this.isOver || state === 'ended') return;
    this.parts.onState(state);
    if (state === 'refused') banner(reason?.message ?? '');
    if (state === 'waiting') {
      this.wasAway = true;
      banner(`${NO_ANSWER} Trying again …`);
    }
    if (state !== 'live') return;
    banner('');
    // The watch brings the missed trades; cards and sessions may have changed too.
    if (this.wasAway) this.run(async () => void (await Promise.all([this.cards.load(), this.sessions.load()])));
    this.wasAway = false;
  }

  private lose(): void {
    if (this.isOver) return;
    this.stop();
    this.parts.onLost();
  }
}
