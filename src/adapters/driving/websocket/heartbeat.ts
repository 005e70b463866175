import type { Connection } from './connection.js';

/**
 * Pings all sockets every `interval` (milliseconds) and drops those that have not answered after 5/6 of it. A client
 * that vanishes is not noticed otherwise: TCP reports nothing while nothing is sent.
 */
export function startHeartbeat(connections: Iterable<Connection>, interval: number): { stop(): void } {
  let drop: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    const pinged = [...connections];
    for (const connection of pinged) connection.ping();
    drop = setTimeout(
      () => {
        for (const connection of pinged) connection.dropUnlessAlive();
      },
      (interval * 5) / 6,
    ).unref();
  }, interval).unref();
  return {
    stop: () => {
      clearInterval(timer);
      clearTimeout(drop);
    },
  };
}
