import { ContainerModule } from 'inversify';
import type { Argon2Cost } from '../../adapters/driven/argon2/argon2-password-hasher.js';
import {
  Argon2PasswordHasher,
  defaultQueueBounds,
  RECOMMENDED_COST,
} from '../../adapters/driven/argon2/argon2-password-hasher.js';
import type { QueueBounds } from '../../adapters/driven/argon2/bounded-queue.js';
import { SystemClock, UuidGenerator } from '../../adapters/driven/system/clock-and-ids.js';
import { RandomTokenGenerator } from '../../adapters/driven/system/tokens-and-fingerprints.js';
import type { Clock } from '../../application/ports/driven/clock.js';
import type { PasswordPolicy } from '../../domain/password-policy.js';
import { DEFAULT_PASSWORD_POLICY } from '../../domain/password-policy.js';
import type { SessionPolicy } from '../../domain/session.js';
import { DEFAULT_SESSION_POLICY } from '../../domain/session.js';
import { TOKENS } from '../tokens.js';

export interface SystemOptions {
  /** Seconds: `lifetime` 3600, `idleTimeout` null (none), if left out. */
  readonly session?: Partial<SessionPolicy>;
  /** `minLength` in code points: 8 if left out. */
  readonly password?: Partial<PasswordPolicy>;
  /** Cost of a hash (`memoryCost` in KiB), and how many may be at work and wait; see the defaults for why. */
  readonly hashing?: Partial<Argon2Cost & QueueBounds>;
  /** Another clock, for tests. */
  readonly clock?: Clock;
}

/** What comes of the machine, and the policies. */
export const systemModule = ({ session, password, hashing, clock }: SystemOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TOKENS.clock).toConstantValue(clock ?? new SystemClock());
    bind(TOKENS.ids).toConstantValue(new UuidGenerator());
    bind(TOKENS.tokens).toConstantValue(new RandomTokenGenerator());
    bind(TOKENS.hasher).toConstantValue(
      new Argon2PasswordHasher({ ...RECOMMENDED_COST, ...hashing }, { ...defaultQueueBounds(), ...hashing }),
    );
    bind(TOKENS.sessionPolicy).toConstantValue({ ...DEFAULT_SESSION_POLICY, ...session });
    bind(TOKENS.passwordPolicy).toConstantValue({ ...DEFAULT_PASSWORD_POLICY, ...password });
  });
