import { Unauthenticated } from '../../domain/errors.js';
import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds, computeTouchInterval } from '../../domain/session.js';
import type { Timestamp } from '../../domain/timestamp.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { SessionUse } from '../ports/driven/session-trades.js';
import type { Clock, TokenGenerator } from '../ports/driven/system.js';
import type { Authenticating } from '../ports/driving/accounts.js';
import type { Caller } from '../ports/driving/use-case.js';

/** Queries the store on every call, because a cached result would outlive a revocation. */
export class Authenticate implements Authenticating {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly tokens: TokenGenerator,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute({ token }: { token: string | null }): Promise<Caller> {
    const { digest, bounds, touchedBefore } = toUse(token, this.tokens, this.clock.now(), this.policy);
    const found = await this.sessions.use(digest, bounds, touchedBefore);
    if (!found) throw new Unauthenticated();
    return found;
  }
}

/**
 * The values with which the store looks up a token at this moment.
 *
 * @throws `unauthenticated` without a token, and for text that cannot be one
 */
export function toUse(token: string | null, tokens: TokenGenerator, now: Timestamp, policy: SessionPolicy): SessionUse {
  const digest = token === null ? null : tokens.digest(token);
  if (digest === null) throw new Unauthenticated();
  const touchedBefore = addSeconds(now, -computeTouchInterval(policy));
  return { digest, bounds: computeLivenessBounds(now, policy), touchedBefore };
}
