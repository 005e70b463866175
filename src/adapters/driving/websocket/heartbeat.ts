import type { Connection } from './connection.js';

/**
 * Pings all sockets at once, and drops those that have not answered well before the next ping. A peer that vanishes
 * gives no other sign: TCP says nothing as long as nothing is sent.
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
