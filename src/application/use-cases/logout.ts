import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { LoggingOut } from '../ports/driving/accounts.js';
import type { Caller } from '../ports/driving/use-case.js';

/** Ends the caller's session. */
export class Logout implements LoggingOut {
  constructor(private readonly sessions: SessionRepository) {}

  async execute({ caller }: { caller: Caller }): Promise<void> {
    await this.sessions.remove(caller.user.id, caller.session.id);
  }
}
