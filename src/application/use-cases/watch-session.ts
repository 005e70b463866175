import type { SessionWatches } from '../live/session-watches.js';
import type { WatchingSession, WatchSessionInput } from '../ports/driving/live.js';

/**
 * Within a second of the end of the session where the store signals it or its time is up; within `CHECK_INTERVAL` (2 s)
 * where signals are lost.
 */
export class WatchSession implements WatchingSession {
  constructor(private readonly sessions: SessionWatches) {}

  async execute({ caller, onEnd }: WatchSessionInput): Promise<() => void> {
    return this.sessions.add(caller.session, onEnd);
  }
}
