import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import { IDEMPOTENCY_RETENTION } from '../idempotency.js';
import type { AttemptLimiter } from '../ports/driven/attempt-limiter.js';
import type { IdempotencyRecords } from '../ports/driven/idempotency.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Clock } from '../ports/driven/system.js';
import { removeInBatches } from '../storage-kit/in-batches.js';

/** How many rows were deleted. */
export interface SweepReport {
  /** The number of expired sessions that were deleted. */
  readonly sessions: number;
  /** The number of old idempotency records that were deleted. */
  readonly idempotencyRecords: number;
  /** The number of counts of attempts that were deleted. */
  readonly attempts: number;
}

/**
 * Deletes expired sessions, idempotency records and counts of attempts, to free space. Nothing else depends on it: expired
 * sessions are refused and expired counts ignored in any case, and an idempotency key that is not deleted is only
 * remembered for longer. Works in batches, so
 * that no statement holds locks for long, and deletes at most 100,000 rows of each kind per call.
 */
export class SweepExpired {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly idempotency: IdempotencyRecords,
    private readonly attempts: AttemptLimiter,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  /** Deletes what has expired, and returns how much that was. */
  async execute(): Promise<SweepReport> {
    const now = this.clock.now();
    const bounds = computeLivenessBounds(now, this.policy);
    const claimedBefore = addSeconds(now, -IDEMPOTENCY_RETENTION);
    return {
      sessions: await removeInBatches(limit => this.sessions.removeExpired(bounds, limit)),
      idempotencyRecords: await removeInBatches(limit => this.idempotency.removeExpired(claimedBefore, limit)),
      attempts: await removeInBatches(limit => this.attempts.removeExpired(now, limit)),
    };
  }
}
