import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { startPostgres } from '../test/support/setup/postgres-server.js';
import { benchSockets } from './sockets/index.js';
import { benchStart } from './start-and-memory.js';
import { benchTradePages } from './trade-pages.js';

const quick = process.argv.includes('--quick');
const postgres = await startPostgres();
try {
  const results = {
    machine: { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, postgres: postgres.source },
    start: await benchStart(postgres.url),
    tradePages: await benchTradePages(postgres.url, quick ? 100_000 : 1_000_000),
    sockets: await benchSockets(postgres.url, quick),
  };
  console.log(results.machine);
  console.log('start to listening (ms), and resident memory when idle (MiB)');
  console.table(results.start);
  console.log('a page of 51 trades (ms), and its p50 as a ratio of that in a table of 1e3 trades');
  console.table(results.tradePages);
  console.log('resident memory of a server process (MiB), and for each idle socket (KiB)');
  console.table(results.sockets.memory);
  console.log('a trade recorded over HTTP in one process to its notification over a socket of another (ms)');
  console.table(results.sockets.feed);
  console.log('one event to many sockets (ms), and its p50 as a ratio of that of a bare loop of ws');
  console.table(results.sockets.fanOut);
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${quick ? 'quick' : 'latest'}.json`, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await postgres.stop();
}
