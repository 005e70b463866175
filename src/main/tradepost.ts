import type { Argon2Cost } from '../adapters/driven/argon2/argon2-password-hasher.js';
import type { QueueBounds } from '../adapters/driven/argon2/bounded-queue.js';
import type { HibpOptions } from '../adapters/driven/hibp/hibp-breached-passwords.js';
import type { Library } from '../adapters/driving/library/library.js';
import type { BreachedPasswords } from '../application/ports/driven/breached-passwords.js';
import type { Observer } from '../application/ports/driven/observer.js';
import type { HashingLoad } from '../application/ports/driven/password-hasher.js';
import type { PoolLoad, StorageConnector, StorageHealth } from '../application/ports/driven/storage.js';
import type { Clock } from '../application/ports/driven/system.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';
import type { AttemptPolicy } from '../domain/attempt-limit.js';
import type { PasswordPolicy } from '../domain/password-policy.js';
import type { SessionPolicy } from '../domain/session.js';

/** What can be set besides the store. */
export interface SystemOptions {
  /**
   * Seconds: `lifetime` (default 3600), `idleTimeout` (default null: none). `maxPerUser` (default 100): a login beyond it
   * ends the user's least recently used session.
   */
  readonly session?: Partial<SessionPolicy>;
  /** `minLength` in code points (default 8). */
  readonly password?: Partial<PasswordPolicy>;
  /**
   * Refuses new passwords that are known from data breaches: the URL of a service with the range protocol of Have I Been
   * Pwned (`https://api.pwnedpasswords.com/range/`), or an adapter of your own. Left out or null: no check.
   */
  readonly breachedPasswords?: HibpOptions | BreachedPasswords | null;
  /** Cost of a hash (`memoryCost` in KiB), and how many hashes may run and wait. The defaults give their reasons. */
  readonly hashing?: Partial<Argon2Cost & QueueBounds>;
  /** Figures of the limits on logins and registrations; `off` removes the limits, for tests and benchmarks. */
  readonly rateLimits?: Partial<AttemptPolicy> | 'off';
  /** Replaces the system clock, for tests. */
  readonly clock?: Clock;
}

/** Options of `createTradepost`. */
export interface TradepostOptions extends SystemOptions {
  /** `postgres(…)`, `mongo(…)`, `embedded(…)`, `memory()`, or an adapter of your own. */
  readonly storage: StorageConnector;
  /** Watches calls, calls of the store and deliveries, over every transport: for metrics and traces of your own. */
  readonly observer?: Observer;
  /** Called when a background sweep of expired sessions failed. The next sweep, a minute later, tries again. */
  readonly onSweepError?: (error: unknown) => void;
}

/** How busy a Tradepost is, at one moment. */
export interface TradepostLoad {
  /** Null where the hasher does not count. */
  readonly hashing: HashingLoad | null;
  /** Null where the store has no connections. */
  readonly pool: PoolLoad | null;
}

/** A running Tradepost: every operation as a method, and what transports need. */
export interface Tradepost extends Library {
  /** For transports, such as `httpHandler(tradepost, …)`. */
  readonly useCases: UseCases;
  /** For transports, which report their calls to it. */
  readonly observer?: Observer;
  /** Returns how busy hashing and the connections of the store are. Costs no query. */
  load(): TradepostLoad;
  /** Returns whether the store can serve now, with a text for operators. Does not throw. */
  check(): Promise<StorageHealth>;
  /** Ends all watches and background work, and closes what Tradepost opened. A pool that was passed in stays open. */
  close(): Promise<void>;
}
