import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Signal, Tradepost } from '../../../src/index.js';
import type { Opened } from '../../support/library-users.js';
import { openTradepost, session, somebody, trade } from '../../support/library-users.js';
import { startEmbeddedPostgres } from '../../support/setup/embedded-postgres.js';
import type { TestServer } from '../../support/setup/test-server.js';

let server: TestServer;
let sleeper: pg.Client;
let opened: Opened;
let tradepost: Tradepost;

beforeAll(async () => {
  // The smallest queue that PostgreSQL 17 allows; before, its size was fixed at 8 GB.
  server = await startEmbeddedPostgres(['max_notify_queue_pages=64']);
  opened = await openTradepost(postgres({ url: server.url, poolSize: 3 }));
  ({ tradepost } = opened);
  sleeper = new pg.Client({ connectionString: server.url });
  await sleeper.connect();
}, 60_000);
afterAll(async () => {
  await sleeper?.end();
  await tradepost?.close();
  await server?.stop();
});

/** A listener in a transaction keeps the server from dropping what is in the queue. */
async function fillQueue(): Promise<void> {
  await sleeper.query('LISTEN anything');
  await sleeper.query('BEGIN; SELECT 1');
  const filler = new pg.Client({ connectionString: server.url });
  await filler.connect();
  const fill = async () => {
    for (;;) await filler.query("SELECT pg_notify('anything', repeat('x', 7000) || random())");
  };
  await expect(fill()).rejects.toMatchObject({ code: '54000' });
  await filler.end();
}

it('where the queue of NOTIFY is full, sessions end and trades are recorded all the same', {
  timeout: 60_000,
}, async () => {
  const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
  const [second, third] = [await session(tradepost, ann.username), await session(tradepost, ann.username)];
  const signals: Signal[] = [];
  opened.storage.signals.subscribe(signal => void signals.push(signal));
  const received: string[] = [];
  await tradepost.watchTrades({ token: bob.token }, ({ id }) => void received.push(id));
  await fillQueue();

  await tradepost.logout({ token: second.token });
  await expect(tradepost.authenticate({ token: second.token })).rejects.toMatchObject({ code: 'unauthenticated' });
  await vi.waitFor(() => expect(signals).toContainEqual({ kind: 'sessions_ended', sessionIds: [second.sessionId] }));
  await tradepost.revokeSession({ token: ann.token, id: third.sessionId });
  await expect(tradepost.authenticate({ token: third.token })).rejects.toMatchObject({ code: 'unauthenticated' });
  await tradepost.revokeAllSessions({ token: ann.token, except: 'current' });

  const id = await trade(tradepost, ann, bob);
  await vi.waitFor(() => expect(received).toEqual([id]), { timeout: 10_000 });
  await sleeper.query('COMMIT');
  await tradepost.logout({ token: ann.token });
});
