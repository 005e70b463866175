import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../../src/adapters/driven/mongo/client.js';
import { Clients } from '../../../src/adapters/driven/mongo/clients.js';
import { Database } from '../../../src/adapters/driven/mongo/database.js';
import { parseId } from '../../../src/index.js';
import type { Command } from '../../support/stores/scripted-server.js';
import { ScriptedServer } from '../../support/stores/scripted-server.js';

const USER = parseId('01890a5d-ac96-774b-bcce-b302099a8057');
const LOCK = { _id: 'a', holder: 'somebody', beat: 0 };

/** A database on a server that answers commits with `commit`. `commits` has the times of those it received. */
async function databaseAnswering(commit: (attempt: number) => object | undefined) {
  const commits: number[] = [];
  const server = new ScriptedServer((command: Command) => {
    if (!('commitTransaction' in command)) return { ok: 1, n: 1 };
    commits.push(performance.now());
    return commit(commits.length);
  });
  const client = createClient(await server.listen());
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return { database: new Database(new Clients(client, { name: 'scripted' })), commits };
}

const UNKNOWN = { ok: 0, code: 91, errmsg: 'scripted', errorLabels: ['UnknownTransactionCommitResult'] };
const TRANSIENT = { ok: 0, code: 112, errmsg: 'scripted', errorLabels: ['TransientTransactionError'] };
const insert = (database: Database) => database.transaction([USER], access => access.insert('locks', LOCK));

it('a commit without a result is repeated until there is one', async () => {
  const { database, commits } = await databaseAnswering(attempt => (attempt < 3 ? UNKNOWN : { ok: 1 }));
  await insert(database);
  expect(commits).toHaveLength(3);
});

it('a transaction that lost against another runs again', async () => {
  const { database, commits } = await databaseAnswering(attempt => (attempt < 3 ? TRANSIENT : { ok: 1 }));
  let runs = 0;
  await database.transaction([USER], async access => {
    runs += 1;
    await access.insert('locks', LOCK);
  });
  expect([runs, commits.length]).toEqual([3, 3]);
});

it('a commit that never gets a result is given up after 3.5 s, for the caller and for the server', async () => {
  const { database, commits } = await databaseAnswering(() => UNKNOWN);
  const started = performance.now();
  await expect(insert(database)).rejects.toMatchObject({ code: 'storage_unavailable' });
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(3000);
  expect(took).toBeLessThan(4500);
  await sleep(3000);
  // The last attempt may have started just before the limit.
  expect((commits.at(-1) ?? 0) - started).toBeLessThan(5500);
});

it.each([
  ['killSessions', 'which ends its transaction', { ok: 1 }, []],
  ['endSessions', 'where the server has no killSessions', { ok: 0, code: 59, errmsg: 'scripted' }, ['endSessions']],
] as const)('the session of a transaction that was cut off is ended by %s, %s', async (_name, _what, answer, more) => {
  const sent: Command[] = [];
  const server = new ScriptedServer((command: Command) => {
    sent.push(command);
    if ('killSessions' in command) return answer;
    if (!('insert' in command)) return { ok: 1 };
    server.cut();
    return undefined;
  });
  const client = createClient(await server.listen());
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const clients = new Clients(client, { name: 'scripted' });
  await expect(insert(new Database(clients))).rejects.toMatchObject({ code: 'storage_unavailable' });
  const ending = () => sent.filter(command => 'killSessions' in command || 'endSessions' in command);
  await expect
    .poll(() => ending().map(command => Object.keys(command)[0]), { timeout: 4000 })
    .toEqual(['killSessions', ...more]);
  const { lsid } = sent.find(command => 'insert' in command) as { lsid: unknown };
  for (const command of ending()) expect(command.killSessions ?? command.endSessions).toEqual([lsid]);
});
