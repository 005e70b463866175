import { Unauthenticated } from '../../domain/errors.js';
import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds, computeTouchInterval } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
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
    const digest = token === null ? null : this.tokens.digest(token);
    if (digest === null) throw new Unauthenticated();
    const now = this.clock.now();
    const touchedBefore = addSeconds(now, -computeTouchInterval(this.policy));
    const found = await this.sessions.use(digest, computeLivenessBounds(now, this.policy), touchedBefore);
    if (!found) throw new Unauthenticated();
    return found;
  }
}
