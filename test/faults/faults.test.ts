import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { openTradepost } from '../support/library-users.js';
import { Relay } from '../support/relay.js';
import type { LoadReport } from './load.js';
import { Load } from './load.js';
import { PostgresProcess } from './postgres-process.js';

/** `npm run test:faults` sets it, and prints the table. */
const IS_LONG = process.env.TEST_FAULTS === 'long';

const [SECONDS, CUTS, CLIENTS] = IS_LONG ? [5, 200, 8] : [1, 20, 4];

interface Row extends LoadReport {
  readonly fault: string;
  /** Seconds. */
  readonly duration: number;
  /** Seconds from the end of the fault to the first trade after it; null where the load was not interrupted. */
  readonly recovery: number | null;
}

const rows: Row[] = [];
afterAll(() => {
  if (IS_LONG) process.stdout.write(formatTable(rows));
});

const CAN_RUN = process.platform === 'linux';
if (!CAN_RUN)
  console.error('NOT RUN: test/faults: the processes of a server are found in /proc, which only Linux has.');

let server: PostgresProcess;
beforeAll(async () => {
  if (CAN_RUN) server = await PostgresProcess.create();
});
afterAll(() => server?.remove());

describe.skipIf(!CAN_RUN)(
  'under load, no acknowledged trade is lost or doubled',
  () => {
    it(`while the database is killed for ${SECONDS} s`, async () => {
      await expectRecovery('database killed (SIGKILL)', async () => {
        await server.kill();
        await sleep(SECONDS * 1000);
        await server.start();
      });
    });

    it(`while the database is frozen for ${SECONDS} s`, async () => {
      await expectRecovery('database frozen (SIGSTOP)', async () => {
        server.freeze(true);
        try {
          await sleep(SECONDS * 1000);
        } finally {
          server.freeze(false);
        }
      });
    });

    it(`when the connection is cut during the commit of ${CUTS} trades`, async () => {
      const relay = new Relay(server.url);
      const { tradepost, storage } = await openTradepost(postgres({ url: await relay.listen() }));
      onTestFinished(async () => {
        await tradepost.close();
        await relay.close();
      });
      let cuts = 0;
      // Every fifth trade takes effect, and its answer is cut off.
      let requests = 0;
      const load = new Load(tradepost, key => {
        requests += 1;
        if (requests % 5 > 0 || cuts >= CUTS) return;
        cuts += 1;
        relay.cutAnswerTo(key);
      });
      const begun = performance.now();
      await load.start(CLIENTS);
      await load.reach(CUTS * 6);
      const duration = (performance.now() - begun) / 1000;
      const report = await load.stop(storage);
      expect(cuts).toBe(CUTS);
      rows.push({ fault: `connection cut during COMMIT, ${CUTS} times`, duration, recovery: null, ...report });
      expect(report).toMatchObject({ lost: 0, doubled: 0 });
      expect(report.errors).toBeGreaterThanOrEqual(CUTS);
    });
  },
  300_000,
);

/** Begins a fault under load, and waits until trades are acknowledged again. */
async function expectRecovery(fault: string, disturb: () => Promise<void>): Promise<void> {
  const { tradepost, storage } = await openTradepost(postgres({ url: server.url }));
  onTestFinished(() => tradepost.close());
  const load = new Load(tradepost);
  await load.start(CLIENTS);
  await load.reach(100);
  const begun = performance.now();
  await disturb();
  const ended = performance.now();
  load.mark();
  const recovery = ((await load.untilAcknowledged()) - ended) / 1000;
  await load.reach(load.count + 100);
  const report = await load.stop(storage);
  rows.push({ fault, duration: (ended - begun) / 1000, recovery, ...report });
  expect(report).toMatchObject({ lost: 0, doubled: 0 });
  expect(recovery).toBeLessThan(5);
}

function formatTable(all: readonly Row[]): string {
  const heads = ['fault', 'duration', 'acknowledged', 'lost', 'doubled', 'errors', 'recovery'] as const;
  const format = ({ duration, recovery, ...row }: Row): string[] => {
    const seconds = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} s`);
    const texts = { ...row, duration: seconds(duration), recovery: seconds(recovery) };
    return heads.map(head => `${texts[head]}`);
  };
  const lines = [heads, heads.map(() => '---'), ...all.map(format)];
  return lines.map(line => `| ${line.join(' | ')} |\n`).join('');
}
