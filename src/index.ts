export type { LoginAttempt } from './application/attempt-guard.js';
export { AttemptGuard } from './application/attempt-guard.js';
export type { Application, Ports } from './application/create-use-cases.js';
export { createUseCases } from './application/create-use-cases.js';
export type { Attempt, AttemptLimiter } from './application/ports/driven/attempt-limiter.js';
export type { BreachedPasswords } from './application/ports/driven/breached-passwords.js';
export type { AddCardOutcome, CardRepository } from './application/ports/driven/card-repository.js';
export type { IdempotencyClaim, IdempotencyRecords, Replayed } from './application/ports/driven/idempotency.js';
export type { PasswordHasher, PasswordVerdict } from './application/ports/driven/password-hasher.js';
export type { SessionCap, SessionOwner, SessionRepository } from './application/ports/driven/session-repository.js';
export type { OwnedPage, SessionTrades } from './application/ports/driven/session-trades.js';
export type { Signal, Signals } from './application/ports/driven/signals.js';
export type {
  CopyableConnector,
  MigrationReport,
  Storage,
  StorageConnector,
  StorageCopying,
  StorageHealth,
} from './application/ports/driven/storage.js';
export type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from './application/ports/driven/storage-archive.js';
export { ARCHIVE_COLLECTIONS } from './application/ports/driven/storage-archive.js';
export * from './application/ports/driven/storage-errors.js';
export type {
  Clock,
  Fingerprints,
  IdGenerator,
  Timers,
  TokenDigest,
  TokenGenerator,
} from './application/ports/driven/system.js';
export type {
  RecordOutcome,
  TradeLog,
  TradeLogPage,
  TradeProposal,
  TradeRange,
} from './application/ports/driven/trade-log.js';
export type { Account, UserReference, UserRepository } from './application/ports/driven/user-repository.js';
export type { LoginInput, LoginResult, RegisterUserInput, SessionView } from './application/ports/driving/accounts.js';
export type { AddCardInput, ListCardsInput } from './application/ports/driving/cards.js';
export type {
  ListTradesInput,
  RecordTradeInput,
  TradeEvent,
  TradePage,
  TradeWatch,
  WatchSessionInput,
  WatchTradesInput,
} from './application/ports/driving/trades.js';
export type { Caller, Page, PageRequest, UseCase } from './application/ports/driving/use-case.js';
export type { UseCases } from './application/ports/driving/use-cases.js';
export { Broadcast, pollingSignals } from './application/storage-kit/signals.js';
export { AddCard } from './application/use-cases/add-card.js';
export { Authenticate } from './application/use-cases/authenticate.js';
export type { CopyInput, CopyProgress, CopyReport } from './application/use-cases/copy-storage.js';
export { CopyStorage } from './application/use-cases/copy-storage.js';
export { ListCards } from './application/use-cases/list-cards.js';
export { ListSessions } from './application/use-cases/list-sessions.js';
export { ListTrades } from './application/use-cases/list-trades.js';
export { Login } from './application/use-cases/login.js';
export { Logout } from './application/use-cases/logout.js';
export { RecordTrade } from './application/use-cases/record-trade.js';
export { RegisterUser } from './application/use-cases/register-user.js';
export { RevokeAllSessions } from './application/use-cases/revoke-all-sessions.js';
export { RevokeSession } from './application/use-cases/revoke-session.js';
export type { SweepReport } from './application/use-cases/sweep-expired.js';
export { SweepExpired } from './application/use-cases/sweep-expired.js';
export { WatchSession } from './application/use-cases/watch-session.js';
export { WatchTrades } from './application/use-cases/watch-trades.js';
export type { AttemptCount, AttemptLimit, AttemptPolicy } from './domain/attempt-limit.js';
export { countAttempt, DEFAULT_ATTEMPT_POLICY, forgiveAttempts, uncountAttempt } from './domain/attempt-limit.js';
export type { Card, CardDescription, CardName } from './domain/card.js';
export { parseCardDescription, parseCardName } from './domain/card.js';
export type { EmailAddress } from './domain/email-address.js';
export { parseEmailAddress } from './domain/email-address.js';
export * from './domain/errors.js';
export type { Id } from './domain/id.js';
export { parseId } from './domain/id.js';
export type { IpAddress } from './domain/ip-address.js';
export { parseIpAddress } from './domain/ip-address.js';
export type { Password, PasswordPolicy } from './domain/password-policy.js';
export { parsePassword } from './domain/password-policy.js';
export type { LivenessBounds, Session, SessionPolicy } from './domain/session.js';
export { isLive } from './domain/session.js';
export type { Timestamp } from './domain/timestamp.js';
export { addSeconds, timestamp } from './domain/timestamp.js';
export type { Trade, TradeDirection, TradeEntry, TradeFacts } from './domain/trade.js';
export type { PersonName, PublicUser, User, Username } from './domain/user.js';
export { parsePersonName, parseUsername, usernameKey } from './domain/user.js';
export { createTradepost } from './main/create-tradepost.js';
export type { Tradepost, TradepostOptions } from './main/tradepost.js';
