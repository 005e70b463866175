import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { StorageConnector, Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { AdvancingClock } from '../support/clock.js';
import { freshSchema } from '../support/servers/http-server.js';
import type { PgBouncer } from '../support/servers/pgbouncer.js';
import { startPgBouncer } from '../support/servers/pgbouncer.js';
import type { Coverage } from './checked.js';
import { checked, everything } from './checked.js';
import type { Driver } from './driver.js';
import { frameworkDrivers, httpCookieDriver, httpDriver } from './drivers/http.js';
import { libraryDriver } from './drivers/library.js';
import { stdioDriver } from './drivers/stdio.js';
import { webSocketDriver } from './drivers/websocket.js';
import { scenarios } from './scenarios/index.js';
import { World } from './world.js';

type Start = (tradepost: Tradepost) => Driver | Promise<Driver>;

const drivers: Readonly<Record<string, Start>> = {
  library: libraryDriver,
  'HTTP with bearer tokens': httpDriver,
  'HTTP with cookies': httpCookieDriver,
  WebSocket: webSocketDriver,
  'standard input and output (an example)': stdioDriver,
  ...frameworkDrivers,
};

const TRANSPORTS = ['library', 'HTTP with bearer tokens', 'HTTP with cookies', 'WebSocket'];

let directory: string;

let bouncer: PgBouncer | undefined;

const mongoUrl = inject('mongoUrl');
const pgbouncer = inject('pgbouncer');
const schema = `acc_${randomBytes(6).toString('hex')}`;

const stores: readonly { name: string; open: () => StorageConnector; through: readonly string[] }[] = [
  { name: 'memory', open: memory, through: Object.keys(drivers) },
  { name: 'PostgreSQL', open: () => postgres({ url: inject('postgresUrl'), schema }), through: TRANSPORTS },
  // Without PgBouncer, the end of the run says that these did not run.
  ...(pgbouncer === null
    ? []
    : [
        {
          name: 'PostgreSQL through PgBouncer',
          open: () => postgres({ url: bouncer?.url ?? '', schema: freshSchema() }),
          through: ['library', 'WebSocket'],
        },
      ]),
  // Without MongoDB, the end of the run says that these did not run.
  ...(mongoUrl === null
    ? []
    : [
        {
          name: 'MongoDB',
          open: () => mongo({ url: mongoUrl, database: schema }),
          through: ['library', 'HTTP with bearer tokens', 'WebSocket'],
        },
      ]),
  { name: 'embedded PostgreSQL', open: () => embedded({ directory }), through: ['library'] },
];

/** The cheapest settings of argon2, because its speed is not tested here. */

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tradepost-acceptance-'));
  if (pgbouncer !== null) bouncer = await startPgBouncer(pgbouncer, inject('postgresUrl'));
});
afterAll(async () => {
  await bouncer?.stop();
  await rm(directory, { recursive: true, force: true });
});

for (const { name: store, open, through } of stores) {
  for (const way of through) {
    describe(`${way} on ${store}`, () => {
      const clock = new AdvancingClock();
      const world = new World(clock);
      const seen: Coverage = { succeeded: new Set(), refused: new Set() };
      let tradepost: Tradepost | undefined;
      let driver: Driver;

      beforeAll(async () => {
        tradepost = await createTradepost({ storage: open(), clock, hashing: cheapHashing, rateLimits: 'off' });
        const start = drivers[way] ?? libraryDriver;
        driver = checked(await start(tradepost), seen);
      });
      afterAll(async () => {
        await driver?.close();
        await tradepost?.close();
      });

      for (const [topic, all] of Object.entries(scenarios)) {
        describe(topic, () => {
          for (const { name, run } of all) test(name, () => run(driver, world));
        });
      }

      test('the scenarios reached every operation of the table and every error it names', () => {
        const { succeeded, refused } = everything();
        expect([...seen.succeeded].sort()).toEqual([...succeeded].sort());
        expect([...seen.refused].sort()).toEqual([...refused].sort());
      });
    });
  }
}
