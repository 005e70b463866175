import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser, newUser, times } from '../../../src/testing/storage-conformance/fixtures.js';
import { openTradepost, somebody, trade } from '../../support/library-users.js';
import type { PgBouncer } from '../../support/servers/pgbouncer.js';
import { startPgBouncer } from '../../support/servers/pgbouncer.js';
import { run, serveInProcess } from '../../support/servers/processes.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

const program = inject('pgbouncer');

// Without PgBouncer, the end of the run says that these did not run.
describe.skipIf(program === null)('PgBouncer', () => {
  let direct: string;
  let drop: () => Promise<void>;
  let bouncer: PgBouncer;

  beforeAll(async () => {
    ({ url: direct, drop } = await freshDatabase(inject('postgresUrl'), `bouncer_${randomBytes(6).toString('hex')}`));
    bouncer = await startPgBouncer(program ?? '', direct);
  });
  afterAll(async () => {
    await bouncer?.stop();
    await drop?.();
  });

  const start = async (...settings: string[]): Promise<string> => {
    const other = await startPgBouncer(program ?? '', direct, settings);
    onTestFinished(() => other.stop());
    return other.url;
  };

  /** More statements at a time than there are server connections for the first of them. */
  const use = async (storage: Storage): Promise<void> => {
    for (let round = 1; round <= 3; round += 1) {
      await Promise.all(times(8).map(() => addUser(storage)));
      await Promise.all(times(8).map(() => storage.users.findAccount({ id: newUser().id })));
    }
  };

  it('in transaction mode is found by a probe, and statements are not prepared', async () => {
    const storage = await postgres({ url: bouncer.url }).open();
    onTestFinished(() => storage.close());
    await use(storage);
    expect(await storage.check()).toMatchObject({ ok: true });
  });

  it('is found where it ignores start-up parameters, and behind a pool of the application', async () => {
    const url = await start(
      'pool_mode = transaction',
      'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,options',
    );
    const storage = await postgres({ url }).open();
    onTestFinished(() => storage.close());
    await use(storage);

    const pool = new pg.Pool({ connectionString: url, query_timeout: 3000 });
    const ofPool = await postgres({ pool }).open();
    onTestFinished(async () => {
      await ofPool.close();
      await pool.end();
    });
    await use(ofPool);
  });

  it('with prepare: true is refused at once in transaction mode, and works in session mode', async () => {
    await expect(postgres({ url: bouncer.url, prepare: true }).open()).rejects.toMatchObject({
      code: 'unsupported_deployment',
      message: expect.stringContaining('DATABASE_PREPARE=off'),
    });
    const { status, stderr } = await run(['serve'], { DATABASE_URL: bouncer.url, DATABASE_PREPARE: 'on', PORT: '0' });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('Set DATABASE_PREPARE=off')]);

    const session = await postgres({ url: await start('pool_mode = session'), prepare: true }).open();
    onTestFinished(() => session.close());
    await use(session);
  });

  it('is not listened through: watchers read twice a second instead', async () => {
    const storage = await postgres({ url: bouncer.url }).open();
    onTestFinished(() => storage.close());
    let gaps = 0;
    storage.signals.subscribe(({ kind }) => {
      if (kind === 'missed') gaps += 1;
    });
    await expect.poll(() => gaps, { timeout: 5000 }).toBeGreaterThanOrEqual(3);
  });

  it.each([
    // The third of seven: a busy machine delays some, and reading twice a second is rarely that fast.
    ['with a direct connection for signals', true, 3, 50],
    ['without', false, 7, 2000],
  ])('%s, trades of another process arrive in time', async (name, hasDirect, rank, limit) => {
    const connector = () => postgres({ url: bouncer.url, ...(hasDirect && { signalsUrl: direct }) });
    const [here, there] = [await openTradepost(connector()), await openTradepost(connector())];
    onTestFinished(async () => {
      await here.tradepost.close();
      await there.tradepost.close();
    });
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const arrivals = new Map<string, number>();
    await there.tradepost.watchTrades({ token: bob.token }, ({ id }) => void arrivals.set(id, performance.now()));
    if (hasDirect) {
      // Listening has started when the first trade arrives by it.
      const warm = await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(arrivals.has(warm)).toBe(true), { timeout: 5000 });
    }
    const delays: number[] = [];
    for (let round = 1; round <= 7; round += 1) {
      const id = await trade(here.tradepost, ann, bob);
      const recorded = performance.now();
      await vi.waitFor(() => expect(arrivals.has(id)).toBe(true), { timeout: 5000, interval: 1 });
      delays.push((arrivals.get(id) ?? 0) - recorded);
    }
    delays.sort((a, b) => a - b);
    console.error(`PgBouncer, ${name}: delivery in ${delays.map(Math.round).join(', ')} ms`);
    expect(delays[rank - 1]).toBeLessThan(limit);
  });

  it('serves by its variables', async () => {
    const server = await serveInProcess({
      DATABASE_URL: bouncer.url,
      DATABASE_PREPARE: 'off',
      SIGNALS_DATABASE_URL: direct,
    });
    const answer = await fetch(`${server.origin}/health/ready`);
    expect(answer.status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
