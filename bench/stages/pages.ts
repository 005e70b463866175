import type { Storage, User } from '../../src/index.js';
import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { addTrades, addUserWithLog, settle } from '../database/logs.js';
import { ascending, median, quantile, round, times } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

const LIMIT = 51;
const DIRECTIONS = ['all', 'sent', 'received'] as const;
type Direction = (typeof DIRECTIONS)[number];

interface Subject {
  readonly name: string;
  readonly storage: Storage;
  readonly userId: User['id'];
  readonly before: number | null;
}

/**
 * Reads pages of trades through the storage port; HTTP would hide differences. Subjects: a usual log in a table of a
 * thousand and of a million trades; a log of a million entries, page 1 and page 1,000; a log with a million entries of
 * the other direction.
 */
export const pages = stage('pages', measure);

async function measure({ quick, postgres }: Bench, ending: Ending): Promise<StageResult> {
  const large = quick ? 50_000 : 1_000_000;
  const small = await tableOf(await postgres.createDatabase(), 1000, ending);
  const big = await tableOf(await postgres.createDatabase(), large, ending);
  progress(`making logs of ${large} entries`);
  const deep = await addUserWithLog<User['id']>(big.url, large, 'number % 2 = 0');
  const receiver = await addUserWithLog<User['id']>(big.url, large, 'number <= 20');
  const sender = await addUserWithLog<User['id']>(big.url, large, 'number > 20');
  for (const { url } of [small, big]) await settle(url);

  const pace = { rounds: quick ? 3 : 5, reads: quick ? 100 : 300 };
  const thousandth = Math.max(LIMIT, large - 999 * (LIMIT - 1));
  const count = large.toLocaleString('en-US');
  const rows = [];
  for (const direction of DIRECTIONS) {
    const subjects: Subject[] = [
      { name: 'table of 1,000 trades', ...small, before: null },
      { name: `table of ${count} trades`, ...big, before: null },
      { name: `log of ${count}, page 1`, storage: big.storage, userId: deep, before: null },
      { name: `log of ${count}, page 1,000`, storage: big.storage, userId: deep, before: thousandth },
      {
        name: `${count} the other way`,
        storage: big.storage,
        userId: direction === 'sent' ? receiver : sender,
        before: null,
      },
    ];
    rows.push(...(await compare(subjects, direction, pace)));
  }
  const columns = { name: '', direction: 'direction', p50: 'p50, ms', p99: 'p99, ms', ratio: 'time ratio' };
  return { tables: [table('a page of 51 trades, through the storage port', columns, rows)] };
}

/** Makes a table of trades, and a user whose log has 60 sent and 60 received. */
async function tableOf(url: string, trades: number, ending: Ending) {
  progress(`making ${trades} trades`);
  const storage = await (await built.postgres()).postgres({ url, poolSize: 2 }).open();
  ending.add({ stop: () => storage.close() });
  await addTrades(url, trades);
  return { url, storage, userId: await addUserWithLog<User['id']>(url, 120, 'number % 2 = 0') };
}

async function compare(subjects: readonly Subject[], direction: Direction, pace: { rounds: number; reads: number }) {
  const taken = subjects.map((): number[] => []);
  for (let turn = 0; turn < pace.rounds; turn += 1) {
    for (const [index, { name, storage, userId, before }] of subjects.entries()) {
      progress(`${direction}, round ${turn + 1} of ${pace.rounds}: ${name}`);
      const read = () => storage.trades.page(userId, { direction, before, limit: LIMIT });
      await times(20, read);
      taken[index]?.push(...(await times(pace.reads, read)));
    }
  }
  const baseline = median(taken[0] ?? []);
  return subjects.map(({ name }, index) => {
    const sorted = ascending(taken[index] ?? []);
    const p50 = median(sorted);
    return { name, direction, p50: round(p50), p99: round(quantile(sorted, 0.99)), ratio: round(p50 / baseline, 2) };
  });
}
