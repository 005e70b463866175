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
  readonly registerUser: RegisteringUsers;
  readonly login: LoggingIn;
  readonly authenticate: Authenticating;
  readonly logout: LoggingOut;
  readonly listSessions: ListingSessions;
  readonly revokeSession: RevokingSession;
  readonly revokeAllSessions: RevokingAllSessions;
  readonly addCard: AddingCards;
  readonly listCards: ListingCards;
  readonly recordTrade: RecordingTrades;
  readonly recordTradeOfSession: RecordingTradesOfSession;
  readonly listTrades: ListingTrades;
  readonly listTradesOfSession: ListingTradesOfSession;
  readonly watchTrades: WatchingTrades;
  readonly watchSession: WatchingSession;
}
