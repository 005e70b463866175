import type { AttemptPolicy } from '../domain/attempt-limit.js';
import type { PasswordPolicy } from '../domain/password-policy.js';
import type { SessionPolicy } from '../domain/session.js';
import { AttemptGuard } from './attempt-guard.js';
import { LiveUpdates } from './live/live-updates.js';
import type { AttemptLimiter } from './ports/driven/attempt-limiter.js';
import type { BreachedPasswords } from './ports/driven/breached-passwords.js';
import type { CardRepository } from './ports/driven/card-repository.js';
import type { IdempotencyRecords } from './ports/driven/idempotency.js';
import type { PasswordHasher } from './ports/driven/password-hasher.js';
import type { SessionRepository } from './ports/driven/session-repository.js';
import type { SessionTrades } from './ports/driven/session-trades.js';
import type { Signals } from './ports/driven/signals.js';
import type { Clock, IdGenerator, Timers, TokenGenerator } from './ports/driven/system.js';
import type { TradeLog } from './ports/driven/trade-log.js';
import type { UserRepository } from './ports/driven/user-repository.js';
import type { UseCases } from './ports/driving/use-cases.js';
import { AddCard } from './use-cases/add-card.js';
import { Authenticate } from './use-cases/authenticate.js';
import { ListCards } from './use-cases/list-cards.js';
import { ListSessions } from './use-cases/list-sessions.js';
import { ListTrades } from './use-cases/list-trades.js';
import { ListTradesOfSession } from './use-cases/list-trades-of-session.js';
import { Login } from './use-cases/login.js';
import { Logout } from './use-cases/logout.js';
import { RecordTrade } from './use-cases/record-trade.js';
import { RecordTradeOfSession } from './use-cases/record-trade-of-session.js';
import { RegisterUser } from './use-cases/register-user.js';
import { RevokeAllSessions } from './use-cases/revoke-all-sessions.js';
import { RevokeSession } from './use-cases/revoke-session.js';
import { SweepExpired } from './use-cases/sweep-expired.js';
import { WatchSession } from './use-cases/watch-session.js';
import { WatchTrades } from './use-cases/watch-trades.js';

/** Everything the use cases need: the driven ports and the three policies. An open `Storage` provides the first eight. */
export interface Ports {
  /** Keeps accounts. */
  readonly users: UserRepository;
  /** Keeps sessions. */
  readonly sessions: SessionRepository;
  /** Keeps cards. */
  readonly cards: CardRepository;
  /** Keeps trade logs and records trades. */
  readonly trades: TradeLog;
  /** Reads trades by token. */
  readonly sessionTrades: SessionTrades;
  /** Keeps answers to requests with idempotency keys. */
  readonly idempotency: IdempotencyRecords;
  /** Counts logins and registrations. */
  readonly attempts: AttemptLimiter;
  /** Connects the processes of the store. */
  readonly signals: Signals;
  /** Hashes and checks passwords. */
  readonly hasher: PasswordHasher;
  /** Left out or null: new passwords are not checked against breaches. */
  readonly breachedPasswords?: BreachedPasswords | null;
  /** Makes session tokens. */
  readonly tokens: TokenGenerator;
  /** Makes ids. */
  readonly ids: IdGenerator;
  /** The current time. */
  readonly clock: Clock;
  /** Left out: the timers of the runtime. */
  readonly timers?: Timers;
  /** What new passwords must have. */
  readonly passwordPolicy: PasswordPolicy;
  /** How long sessions live, and how many a user may have. */
  readonly sessionPolicy: SessionPolicy;
  /** Null for no limits. */
  readonly attemptPolicy: AttemptPolicy | null;
}

/** The use cases, and the background work to end when they are no longer needed. */
export interface Application {
  /** Everything callers can do. */
  readonly useCases: UseCases;
  /** The watches behind `watchTrades` and `watchSession`. `close()` ends them all and stops the background work. */
  readonly live: LiveUpdates;
  /** Deletes expired sessions and idempotency records. Nothing runs it by itself: call it about once a minute. */
  readonly sweep: SweepExpired;
}

/** Builds the application from its ports. Starts no timer and no subscription before the first watch. */
export function createUseCases(ports: Ports): Application {
  const { users, sessions, cards, trades, idempotency, hasher, tokens, ids, clock } = ports;
  const { passwordPolicy, sessionPolicy } = ports;
  const attempts = new AttemptGuard(ports.attempts, clock, ports.attemptPolicy);
  const live = new LiveUpdates(ports.signals, trades, sessions, clock, sessionPolicy, ports.timers);
  const useCases: UseCases = {
    registerUser: new RegisterUser(users, hasher, ids, clock, passwordPolicy, attempts, ports.breachedPasswords),
    login: new Login(users, sessions, hasher, tokens, ids, clock, sessionPolicy, attempts),
    authenticate: new Authenticate(sessions, tokens, clock, sessionPolicy),
    logout: new Logout(sessions),
    listSessions: new ListSessions(sessions, clock, sessionPolicy),
    revokeSession: new RevokeSession(sessions),
    revokeAllSessions: new RevokeAllSessions(sessions),
    addCard: new AddCard(cards, ids, clock),
    listCards: new ListCards(cards),
    recordTrade: new RecordTrade(trades, ids, clock),
    recordTradeOfSession: new RecordTradeOfSession(ports.sessionTrades, ids, tokens, clock, sessionPolicy),
    listTrades: new ListTrades(trades),
    listTradesOfSession: new ListTradesOfSession(ports.sessionTrades, tokens, clock, sessionPolicy),
    watchTrades: new WatchTrades(live.trades, live.sessions),
    watchSession: new WatchSession(live.sessions),
  };
  return { useCases, live, sweep: new SweepExpired(sessions, idempotency, ports.attempts, clock, sessionPolicy) };
}
