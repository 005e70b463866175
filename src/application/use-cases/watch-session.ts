import type { SessionWatches } from '../live/session-watches.js';
import type { WatchingSession, WatchSessionInput } from '../ports/driving/trades.js';

/**
 * Notifies the caller of the end of its session: within one second if the store signals and confirms it or the session
 * expires, within the interval of the periodic check (2 s) if the signal is lost.
 */
export class WatchSession implements WatchingSession {
  constructor(private readonly sessions: SessionWatches) {}

  async execute({ caller, onEnd }: WatchSessionInput): Promise<() => void> {
    return this.sessions.add(caller.session, onEnd);
  }
}
