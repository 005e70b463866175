import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Person } from '../../support/library-users.js';
import { openTradepost, session, somebody, trade } from '../../support/library-users.js';
import type { Client } from '../../support/sockets/socket-client.js';
import { connect } from '../../support/sockets/socket-client.js';
import { serve } from '../../support/sockets/socket-server.js';
import { countingPool } from '../../support/stores/counting-pool.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

/** Milliseconds: the limit of the contract. */
const A_SECOND = 1000;
/** Milliseconds of the pause between two checks, and between two periodic checks. */
const PAUSE = 100;
const INTERVAL = 2000;
const CHANNEL = 'tradepost_signals';
const PASSWORD = randomBytes(12).toString('hex');
const forger = `forger_${randomBytes(6).toString('hex')}`;

let database: Awaited<ReturnType<typeof freshDatabase>>;
/** A role that may connect, and so may NOTIFY. It has no other rights. */
let attacker: pg.Client;

beforeAll(async () => {
  database = await freshDatabase(inject('postgresUrl'), `forged_${randomBytes(6).toString('hex')}`);
  await asOwner(`CREATE ROLE ${forger} LOGIN PASSWORD '${PASSWORD}' NOSUPERUSER NOCREATEDB NOCREATEROLE`);
  await asOwner(`REVOKE ALL ON DATABASE ${new URL(database.url).pathname.slice(1)} FROM PUBLIC`);
  await asOwner(`GRANT CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${forger}`);
  const url = new URL(database.url);
  [url.username, url.password] = [forger, PASSWORD];
  attacker = new pg.Client({ connectionString: url.href });
  await attacker.connect();
});
afterAll(async () => {
  await attacker?.end();
  await asOwner(`REVOKE CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} FROM ${forger}`);
  await asOwner(`DROP ROLE ${forger}`);
  await database?.drop();
});

async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Sends one NOTIFY for each payload, in one transaction. PostgreSQL drops repeated payloads within a transaction. */
const forge = (payloads: readonly string[]): Promise<unknown> =>
  attacker.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [CHANNEL, payloads]);

interface Watched {
  readonly person: Person;
  readonly client: Client;
}

const SOCKETS = 100;
const CLOSED = 4401;

describe('a role of the same database that may only connect and notify', () => {
  let counting: ReturnType<typeof countingPool>;
  let watched: Watched[];
  let running: Awaited<ReturnType<typeof serve>>;
  const logged: unknown[] = [];

  beforeEach(async () => {
    logged.length = 0;
    counting = countingPool(database.url);
    const log = (...parameters: unknown[]): void => void logged.push(parameters);
    running = await serve({
      storage: postgres({ pool: counting.pool }),
      webSocket: { logger: { info: log, warn: log, error: log } },
    });
    watched = [];
    for (let count = 0; count < SOCKETS; count += 1) {
      const person = await somebody(running.tradepost);
      const client = await connect(running.url, person);
      await client.call('trades.watch');
      watched.push({ person, client });
    }
    // A signal arrives, so this process listens.
    const leaving = await connect(running.url, await somebody(running.tradepost));
    await leaving.call('sessions.logout');
    await leaving.closed;
    return async () => {
      await running.stop();
      await counting.pool.end();
    };
  });

  /** Runs `work` and returns the statements and milliseconds until all its notifications have arrived. */
  async function during(work: () => Promise<unknown>): Promise<{ statements: string[]; took: number }> {
    const started = performance.now();
    const statements = await counting.during(async () => {
      await work();
      await untilDelivered();
    });
    return { statements, took: performance.now() - started };
  }

  /** Notifications keep their order, so those of before have arrived when this session's socket is closed. */
  async function untilDelivered(): Promise<void> {
    const [{ person }] = watched as [Watched];
    const opened = await session(running.tradepost, person.username);
    const client = await connect(running.url, opened);
    const other = await openTradepost(postgres({ url: database.url }));
    await other.tradepost.logout({ token: opened.token });
    const since = performance.now();
    await other.tradepost.close();
    expect(await client.closed).toBe(CLOSED);
    expect(performance.now() - since).toBeLessThan(A_SECOND);
  }

  const openSockets = (): number => watched.filter(({ client }) => client.socket.readyState === 1).length;
  const count = (statements: readonly string[], part: string): number =>
    statements.filter(text => text.includes(part)).length;
  const FIND_LIVE = 'AS wanted (user_id, id)';

  it('cannot read the sessions', async () => {
    await expect(attacker.query('SELECT * FROM tradepost.sessions')).rejects.toThrow('permission denied');
  });

  it('closes no socket with 10,000 forged ends of live sessions, and causes a bounded number of queries', async () => {
    const payloads = watched.map(({ person }) => `ended ${person.sessionId}`);
    const { statements, took } = await during(async () => {
      for (let sent = 0; sent < 10_000; sent += payloads.length) await forge(payloads);
    });
    expect(openSockets()).toBe(SOCKETS);
    // One check in a pause, one in an interval, and one for the session that is opened and ended above.
    expect(count(statements, FIND_LIVE)).toBeLessThanOrEqual(took / PAUSE + took / INTERVAL + 3);
    expect(statements.length).toBeLessThan(200);
    expect(logged).toEqual([]);
  });

  it('delays no revocation of another process beyond a second, and closes no other socket', async () => {
    const payloads = watched.map(({ person }) => `ended ${person.sessionId}`);
    const other = await openTradepost(postgres({ url: database.url }));
    const [revoked] = watched as [Watched];
    let isOver = false;
    const flood = (async () => {
      while (!isOver) await forge(payloads);
    })();
    await other.tradepost.logout({ token: revoked.person.token });
    const since = performance.now();
    expect(await revoked.client.closed).toBe(CLOSED);
    expect(performance.now() - since).toBeLessThan(A_SECOND);
    isOver = true;
    await flood;
    expect(openSockets()).toBe(SOCKETS - 1);
    await other.tradepost.close();
  });

  it('causes a bounded number of reads with forged entries, and no trade is lost or repeated', async () => {
    const payloads = watched.map(({ person }) => `entries ${person.id}`);
    const [ann, bob] = watched as [Watched, Watched];
    const made: string[] = [];
    const { statements, took } = await during(async () => {
      for (let sent = 0; sent < 10_000; sent += payloads.length) {
        await forge(payloads);
        if (sent % 2000 === 0) made.push(await trade(running.tradepost, ann.person, bob.person));
      }
    });
    await vi.waitFor(() => expect([ann.client.trades, bob.client.trades]).toEqual([made, made]), { timeout: 5000 });
    expect(count(statements, 'trade_entries')).toBeLessThanOrEqual(1000 * (1 + Math.ceil(took / 1000)) + 50);
    expect(logged).toEqual([]);
  });

  it('breaks and fills nothing with payloads that make no sense', async () => {
    const ids = watched.map(({ person }) => person.sessionId);
    const payloads = [
      '',
      ' ',
      'ended',
      'entries',
      'ended  ',
      'ended __proto__ constructor',
      'entries __proto__ toString',
      `ended ${ids.slice(0, 100).join(' ')}`,
      `entries ${ids.slice(0, 100).join(' ')}`,
      `ended ${'x'.repeat(7990)}`,
      `entries @${'x'.repeat(7980)}`,
      'x'.repeat(7999),
      '\u{1f0cf}'.repeat(1900),
      '{"kind":"sessions_ended","sessionIds":null}',
      'missed @\n\r\u0001\u001b[2J',
    ];
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { statements, took } = await during(async () => {
      for (let sent = 0; sent < 10_000; sent += payloads.length) {
        await forge(payloads.map((payload, index) => (index > 10 ? `${payload}${sent}`.slice(0, 7999) : payload)));
      }
    });
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(openSockets()).toBe(SOCKETS);
    expect(count(statements, FIND_LIVE)).toBeLessThanOrEqual((2 * took) / PAUSE + took / INTERVAL + 4);
    expect(logged).toEqual([]);
  });
});
