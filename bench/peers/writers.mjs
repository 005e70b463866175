import { performance } from 'node:perf_hooks';
import { quantiles } from '../load/quantiles.mjs';
import { recordQuery, recordStatement } from './record-statement.mjs';
import { fromProduct, settings } from './support.mjs';

/**
 * Records trades in a process of its own, without a server. Each pair hands its card to and fro, all pairs at once.
 * `writer` is `tradepost` for `storage.trades.record` of the built adapter, or the `telling` of the plain statement.
 */
const { v7 } = fromProduct('uuid');
const { databaseUrl, pairs, writer } = settings;

/** Without time-outs, which would fail on a busy machine. */
const { Pool } = fromProduct('pg');
const pool = new Pool({ connectionString: databaseUrl, max: pairs.length, options: '-c TimeZone=UTC' });

const record = writer === 'tradepost' ? await tradepost() : plain();
const turns = pairs.map(() => 0);

process.once('disconnect', () => process.exit());
process.on('message', ({ seconds }) => {
  run(seconds).then(
    result => process.send(result),
    error => process.send({ error: error.stack }),
  );
});
process.send({ ready: true });

async function tradepost() {
  const { postgres } = await import('../../dist/adapters/driven/postgres/index.js');
  const storage = await postgres({ pool }).open();
  return async proposal => {
    const { outcome } = await storage.trades.record(proposal, null);
    if (outcome !== 'recorded') throw new Error(outcome);
  };
}

function plain() {
  const text = recordStatement(writer);
  return async proposal => {
    const { rows } = await pool.query(recordQuery(text, proposal));
    if (rows[0].number === null) throw new Error('refused');
  };
}

async function run(seconds) {
  const began = performance.now();
  const until = began + seconds * 1000;
  const taken = await Promise.all(pairs.map((pair, index) => handToAndFro(pair, index, until)));
  const milliseconds = taken.flat();
  const elapsed = (performance.now() - began) / 1000;
  return { answers: milliseconds.length, refused: 0, seconds: elapsed, ...quantiles(milliseconds) };
}

async function handToAndFro({ cardId, owner, other }, index, until) {
  const milliseconds = [];
  while (performance.now() < until) {
    const [sender, recipient] = turns[index] % 2 === 0 ? [owner, other] : [other, owner];
    turns[index] += 1;
    const began = performance.now();
    const createdAt = new Date().toISOString();
    await record({ id: v7(), cardId, sender, recipient: { id: recipient.id }, createdAt });
    milliseconds.push(performance.now() - began);
  }
  return milliseconds;
}
