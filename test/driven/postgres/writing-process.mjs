import { writeSync } from 'node:fs';
import { argv, pid, stdout } from 'node:process';
import pg from 'pg';
import { v7 } from 'uuid';
import { postgres } from '../../../dist/adapters/driven/postgres/index.js';

// A process that records trades until it is killed. Argument: JSON of the database's url and of pairs of users, each
// with the card that they hand to and fro. Says `ready`, waits for a message, then writes the id of each recorded trade.

const { url, pairs } = JSON.parse(argv[2]);
// The name shows when the database has finished with a process that was killed.
const pool = new pg.Pool({ connectionString: url, application_name: `writer ${pid}` });
const storage = await postgres({ pool }).open();
const write = line => writeSync(stdout.fd, `${line}\n`);

async function handToAndFro({ cardId, one, other }) {
  const owned = await storage.cards.list(one.id, { before: null, limit: 100 });
  let [sender, recipient] = owned.some(({ id }) => id === cardId) ? [one, other] : [other, one];
  for (;;) {
    const id = v7();
    const createdAt = new Date().toISOString();
    const proposal = { id, cardId, sender, recipient: { id: recipient.id }, createdAt };
    const { outcome } = await storage.trades.record(proposal, null);
    if (outcome !== 'recorded') throw new Error(outcome);
    write(id);
    [sender, recipient] = [recipient, sender];
  }
}

process.once('message', () => {
  for (const pair of pairs) void handToAndFro(pair);
});
process.once('disconnect', () => process.exit());
write('ready');
