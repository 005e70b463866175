import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Tracks the unanswered requests of each connection. Node emits an upgrade while earlier requests of the same connection
 * are still in progress, and their answers are sent over the same socket.
 */
export interface Unanswered {
  /** Settles when all requests received over the connection so far are answered, or when the connection is closed. */
  settled(socket: Duplex): Promise<void>;
}

const known = new WeakMap<Server, Unanswered>();

/** Sets the tracker of a server that tracks its requests itself. */
export const provideUnanswered = (server: Server, unanswered: Unanswered): void => void known.set(server, unanswered);

/** Returns the tracker of a server. Without one, starts to count the requests of the server. */
export function unansweredOf(server: Server): Unanswered {
  const found = known.get(server) ?? new UnansweredCount(server);
  known.set(server, found);
  return found;
}

interface Count {
  open: number;
  readonly waiting: (() => void)[];
}

class UnansweredCount implements Unanswered {
  private readonly counts = new WeakMap<Duplex, Count>();

  constructor(server: Server) {
    // First, because another listener may answer at once.
    server.prependListener('request', ({ socket }, response) => this.count(socket, response));
  }

  settled(socket: Duplex): Promise<void> {
    const count = this.counts.get(socket);
    if (!count || count.open === 0 || socket.destroyed) return Promise.resolve();
    return new Promise(resolve => count.waiting.push(resolve));
  }

  private count(socket: Duplex, response: ServerResponse): void {
    const count = this.counts.get(socket) ?? { open: 0, waiting: [] };
    this.counts.set(socket, count);
    count.open += 1;
    // Emitted when the answer was sent or the connection was closed before.
    response.once('close', () => {
      count.open -= 1;
      if (count.open === 0 || socket.destroyed) for (const resolve of count.waiting.splice(0)) resolve();
    });
  }
}
