import type {
  Authenticating,
  ListingSessions,
  LoggingIn,
  LoggingOut,
  RegisteringUsers,
  RevokingAllSessions,
  RevokingSession,
} from './accounts.js';
import type { AddingCards, ListingCards } from './cards.js';
import type {
  ListingTrades,
  ListingTradesOfSession,
  RecordingTrades,
  RecordingTradesOfSession,
  WatchingSession,
  WatchingTrades,
} from './trades.js';

/** Everything callers can do, as passed to driving adapters. */
export interface UseCases {
  /** Creates an account. */
  readonly registerUser: RegisteringUsers;
  /** Opens a session, and ends the one it replaces. */
  readonly login: LoggingIn;
  /** Returns the user and live session of a token. */
  readonly authenticate: Authenticating;
  /** Ends the caller's session. */
  readonly logout: LoggingOut;
  /** Lists the caller's live sessions, newest first. */
  readonly listSessions: ListingSessions;
  /** Ends one of the caller's sessions. */
  readonly revokeSession: RevokingSession;
  /** Ends all of the caller's sessions, or all except the current one. */
  readonly revokeAllSessions: RevokingAllSessions;
  /** Creates a card that the caller owns. */
  readonly addCard: AddingCards;
  /** Lists the caller's cards, newest first. */
  readonly listCards: ListingCards;
  /** Hands a card of the caller to another user: wholly or not at all. */
  readonly recordTrade: RecordingTrades;
  /** Authenticates a token and records a trade of its user, with one query where the store can. */
  readonly recordTradeOfSession: RecordingTradesOfSession;
  /** Lists the caller's trades, newest first. */
  readonly listTrades: ListingTrades;
  /** Authenticates a token and lists the trades of its user, with one query where the store can. */
  readonly listTradesOfSession: ListingTradesOfSession;
  /** Delivers the caller's trades as they are recorded, by any process. */
  readonly watchTrades: WatchingTrades;
  /** Calls back when a session ends, in any process. */
  readonly watchSession: WatchingSession;
}
