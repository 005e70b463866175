import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * The requests of each connection of a server that are not answered yet. Node hands over an upgrade while earlier
 * requests of the same connection are still worked on, and their answers go out over the same socket.
 */
export interface Unanswered {
  /** Resolves when everything that came over the connection so far is answered, or the connection is gone. */
  settled(socket: Duplex): Promise<void>;
}

const known = new WeakMap<Server, Unanswered>();

/** For a server that knows already. */
export const provideUnanswered = (server: Server, unanswered: Unanswered): void => void known.set(server, unanswered);

/** Counts the requests of any server of `node:http`. */
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
    // Before any other listener, which may answer at once.
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
    // Emitted when the answer was sent, and when the connection broke before.
    response.once('close', () => {
      count.open -= 1;
      if (count.open === 0 || socket.destroyed) for (const resolve of count.waiting.splice(0)) resolve();
    });
  }
}
