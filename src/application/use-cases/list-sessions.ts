import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds } from '../../domain/session.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Clock } from '../ports/driven/system.js';
import type { ListingSessions, SessionView } from '../ports/driving/accounts.js';
import { sessionView } from '../ports/driving/accounts.js';
import type { Caller } from '../ports/driving/use-case.js';

export class ListSessions implements ListingSessions {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute({ caller }: { caller: Caller }): Promise<{ items: readonly SessionView[] }> {
    const live = await this.sessions.list(caller.user.id, computeLivenessBounds(this.clock.now(), this.policy));
    return { items: live.map(session => sessionView(session, caller.session.id)) };
  }
}
