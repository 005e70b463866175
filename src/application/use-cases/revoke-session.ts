import { SessionNotFound } from '../../domain/errors.js';
import type { Id } from '../../domain/id.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { RevokingSession } from '../ports/driving/accounts.js';
import type { Caller } from '../ports/driving/use-case.js';

/** Ends one of the caller's sessions. */
export class RevokeSession implements RevokingSession {
  constructor(private readonly sessions: SessionRepository) {}

  async execute({ caller, id }: { caller: Caller; id: Id }): Promise<void> {
    // Another user's session gives the same error as a missing one, so that ids reveal nothing.
    if (!(await this.sessions.remove(caller.user.id, id))) throw new SessionNotFound();
  }
}
