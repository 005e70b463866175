import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds } from '../../domain/session.js';
import { formatSessionCursor, parseSessionCursor } from '../cursor.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Clock } from '../ports/driven/system.js';
import type { ListingSessions, ListSessionsInput, SessionView } from '../ports/driving/accounts.js';
import { sessionView } from '../ports/driving/accounts.js';
import type { Page } from '../ports/driving/use-case.js';

/** Lists the caller's live sessions, newest first. */
export class ListSessions implements ListingSessions {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute({ caller, limit, after }: ListSessionsInput): Promise<Page<SessionView>> {
    const before = after === null ? null : parseSessionCursor(after);
    const bounds = computeLivenessBounds(this.clock.now(), this.policy);
    // One item more than requested shows whether there is a next page.
    const live = await this.sessions.list(caller.user.id, bounds, { before, limit: limit + 1 });
    const items = live.slice(0, limit).map(session => sessionView(session, caller.session.id));
    const last = items.at(-1);
    return { items, next: live.length > limit && last ? formatSessionCursor(last.id) : null };
  }
}
