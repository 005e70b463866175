import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';

/** A session whose token is known. */
export interface HeldSession {
  readonly token: string;
  readonly caller: Caller;
}

/** The session of a socket: from the handshake or a later request, and then the same until the socket is closed. */
export class SocketSession {
  private held: HeldSession | undefined;
  private stopWatching: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly useCases: UseCases,
    private readonly onEnd: () => void,
  ) {}

  get token(): string | null {
    return this.held?.token ?? null;
  }

  get id(): string | null {
    return this.held?.caller.session.id ?? null;
  }

  /** Calls `onEnd` when the session ends. @throws if the end of the session could not be noticed */
  async adopt(session: HeldSession): Promise<void> {
    this.held = session;
    try {
      const stop = await this.useCases.watchSession.execute({ caller: session.caller, onEnd: this.onEnd });
      if (this.closed) stop();
      else this.stopWatching = stop;
    } catch (error) {
      // Without the watch the socket would outlive its session.
      this.held = undefined;
      throw error;
    }
  }

  close(): void {
    this.closed = true;
    this.stopWatching?.();
  }
}
