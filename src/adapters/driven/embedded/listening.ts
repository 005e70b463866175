import type { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import type { Listen } from '../postgres/connections.js';

/**
 * Listens with PGlite's own method, because a LISTEN on the pool's connection breaks that connection. It holds that connection
 * until LISTEN has run: PGlite would run it between the messages of a query, which then fails.
 */
export const listenOn =
  (database: PGlite, pool: Pool): Listen =>
  (channel, { onPayload, onGap }) => {
    const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      const client = await pool.connect();
      try {
        return await work();
      } finally {
        client.release();
      }
    };
    const listening = alone(() => database.listen(channel, onPayload)).then(unlisten => {
      onGap();
      return unlisten;
    });
    // Fails if the database was closed before. Then nothing has to be stopped.
    listening.catch(() => undefined);
    return () => void listening.then(unlisten => alone(() => unlisten())).catch(() => undefined);
  };
