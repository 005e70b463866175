import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { RevokingAllSessions } from '../ports/driving/accounts.js';
import type { Caller } from '../ports/driving/use-case.js';

/** Ends all of the caller's sessions, or all except the current one. */
export class RevokeAllSessions implements RevokingAllSessions {
  constructor(private readonly sessions: SessionRepository) {}

  async execute({ caller, exceptCurrent }: { caller: Caller; exceptCurrent: boolean }): Promise<void> {
    await this.sessions.removeAll(caller.user.id, exceptCurrent ? caller.session.id : null);
  }
}
