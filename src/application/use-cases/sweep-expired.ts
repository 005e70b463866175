import type { SessionPolicy } from '../../domain/session.js';
import { livenessBounds } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import { IDEMPOTENCY_RETENTION } from '../idempotency.js';
import type { Clock } from '../ports/driven/clock.js';
import type { IdempotencyRecords } from '../ports/driven/idempotency.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import { removeInBatches } from '../storage-kit/in-batches.js';

export interface SweepReport {
  readonly sessions: number;
  readonly idempotencyRecords: number;
}

/**
 * Deletes what has had its time. Nothing depends on it but space: expired sessions are refused whether they were swept
 * or not. Works in batches, so that no sweep holds locks for long.
 */
export class SweepExpired {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly idempotency: IdempotencyRecords,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute(): Promise<SweepReport> {
    const now = this.clock.now();
    const bounds = livenessBounds(now, this.policy);
    const claimedBefore = addSeconds(now, -IDEMPOTENCY_RETENTION);
    return {
      sessions: await removeInBatches(limit => this.sessions.removeExpired(bounds, limit)),
      idempotencyRecords: await removeInBatches(limit => this.idempotency.removeExpired(claimedBefore, limit)),
    };
  }
}
