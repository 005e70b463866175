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
import { RegisterUser } from './use-cases/register-user.js';
import { RevokeAllSessions } from './use-cases/revoke-all-sessions.js';
import { RevokeSession } from './use-cases/revoke-session.js';
import { SweepExpired } from './use-cases/sweep-expired.js';
import { WatchSession } from './use-cases/watch-session.js';
import { WatchTrades } from './use-cases/watch-trades.js';

/** Everything the use cases need: the driven ports and the three policies. An open `Storage` provides the first eight. */
export interface Ports {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly cards: CardRepository;
  readonly trades: TradeLog;
  readonly sessionTrades: SessionTrades;
  readonly idempotency: IdempotencyRecords;
  readonly attempts: AttemptLimiter;
  readonly signals: Signals;
  readonly hasher: PasswordHasher;
  /** Left out or null: new passwords are not checked against breaches. */
  readonly breachedPasswords?: BreachedPasswords | null;
  readonly tokens: TokenGenerator;
  readonly ids: IdGenerator;
  readonly clock: Clock;
  /** Left out: the timers of the runtime. */
  readonly timers?: Timers;
  readonly passwordPolicy: PasswordPolicy;
  readonly sessionPolicy: SessionPolicy;
  /** Null for no limits. */
  readonly attemptPolicy: AttemptPolicy | null;
}

export interface Application {
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
    listTrades: new ListTrades(trades),
    listTradesOfSession: new ListTradesOfSession(ports.sessionTrades, tokens, clock, sessionPolicy),
    watchTrades: new WatchTrades(live.trades, live.sessions),
    watchSession: new WatchSession(live.sessions),
  };
  return { useCases, live, sweep: new SweepExpired(sessions, idempotency, ports.attempts, clock, sessionPolicy) };
}
