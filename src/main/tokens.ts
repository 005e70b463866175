import type { ServiceIdentifier } from 'inversify';
import type { LiveUpdates } from '../application/live/live-updates.js';
import type { SessionWatches } from '../application/live/session-watches.js';
import type { TradeWatches } from '../application/live/trade-watches.js';
import type { CardRepository } from '../application/ports/driven/card-repository.js';
import type { IdempotencyRecords } from '../application/ports/driven/idempotency.js';
import type { PasswordHasher } from '../application/ports/driven/password-hasher.js';
import type { SessionRepository } from '../application/ports/driven/session-repository.js';
import type { Signals } from '../application/ports/driven/signals.js';
import type { Clock, IdGenerator, TokenGenerator } from '../application/ports/driven/system.js';
import type { TradeLog } from '../application/ports/driven/trade-log.js';
import type { UserRepository } from '../application/ports/driven/user-repository.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';
import type { SweepExpired } from '../application/use-cases/sweep-expired.js';
import type { PasswordPolicy } from '../domain/password-policy.js';
import type { SessionPolicy } from '../domain/session.js';

const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`tradepost.${name}`);

/** What can be asked of the container, one token a port or policy. */
export const TOKENS = {
  users: token<UserRepository>('users'),
  sessions: token<SessionRepository>('sessions'),
  cards: token<CardRepository>('cards'),
  trades: token<TradeLog>('trades'),
  idempotency: token<IdempotencyRecords>('idempotency'),
  signals: token<Signals>('signals'),
  hasher: token<PasswordHasher>('hasher'),
  tokens: token<TokenGenerator>('tokens'),
  ids: token<IdGenerator>('ids'),
  clock: token<Clock>('clock'),
  passwordPolicy: token<PasswordPolicy>('passwordPolicy'),
  sessionPolicy: token<SessionPolicy>('sessionPolicy'),
  tradeWatches: token<TradeWatches>('tradeWatches'),
  sessionWatches: token<SessionWatches>('sessionWatches'),
  liveUpdates: token<LiveUpdates>('liveUpdates'),
  useCases: token<UseCases>('useCases'),
  sweepExpired: token<SweepExpired>('sweepExpired'),
} as const;

/** A token for each use case of its own, named as in `UseCases`. */
export const USE_CASES: { readonly [Name in keyof UseCases]: ServiceIdentifier<UseCases[Name]> } = {
  registerUser: token('registerUser'),
  login: token('login'),
  authenticate: token('authenticate'),
  logout: token('logout'),
  listSessions: token('listSessions'),
  revokeSession: token('revokeSession'),
  revokeAllSessions: token('revokeAllSessions'),
  addCard: token('addCard'),
  listCards: token('listCards'),
  recordTrade: token('recordTrade'),
  listTrades: token('listTrades'),
  watchTrades: token('watchTrades'),
  watchSession: token('watchSession'),
};
