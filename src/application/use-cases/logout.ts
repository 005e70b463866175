import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Caller } from '../ports/driving/caller.js';
import type { LoggingOut } from '../ports/driving/sessions.js';

export class Logout implements LoggingOut {
  constructor(private readonly sessions: SessionRepository) {}

  async execute({ caller }: { caller: Caller }): Promise<void> {
    await this.sessions.remove(caller.user.id, caller.session.id);
  }
}
