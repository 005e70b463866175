import type { Caller } from '../../../application/ports/driving/use-case.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';

/** A session as a socket has it. */
export interface HeldSession {
  readonly token: string;
  readonly caller: Caller;
}

/** The session a socket belongs to: none at first or from the handshake on, and never another than the first. */
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

  async adopt(session: HeldSession): Promise<void> {
    this.held = session;
    try {
      const stop = await this.useCases.watchSession.execute({ caller: session.caller, onEnd: this.onEnd });
      if (this.closed) stop();
      else this.stopWatching = stop;
    } catch (error) {
      // A session whose end would go unnoticed is better not had.
      this.held = undefined;
      throw error;
    }
  }

  close(): void {
    this.closed = true;
    this.stopWatching?.();
  }
}
