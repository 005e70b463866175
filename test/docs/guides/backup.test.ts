import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../../../src/adapters/client/index.js';
import { backoff, watching } from '../../support/client/watching.js';
import { PASSWORD } from '../../support/library-users.js';
import { codeOf } from '../../support/pages/code-blocks.js';
import { freePort } from '../../support/servers/free-port.js';
import { type ServingProcess, serveInProcess } from '../../support/servers/processes.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

const GUIDE = 'docs/guides/backup.md';
const block = (name: string): string => codeOf(GUIDE, name);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tradepost-backup-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs the commands of a block, with this package in place of the installed one. */
async function shell(code: string, cwd: string, env: Record<string, string> = {}): Promise<string> {
  const cli = `node ${resolve('dist/main/cli.js')}`;
  const script = code.replaceAll('npx tradepost', cli);
  const settings = { cwd, env: { PATH: process.env.PATH, ...env } };
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], settings);
  return stdout;
}

interface Setting {
  serve(): Promise<ServingProcess>;
  /** Called while `before` serves. Returns the server that serves afterwards. */
  backUp(before: ServingProcess): Promise<ServingProcess>;
  /** Called while no server runs. */
  restore(): Promise<void>;
}

interface Counts {
  readonly cards: number;
  readonly trades: number;
  readonly sessions: number;
}

async function countsOf(client: Client): Promise<Counts> {
  const pages = await Promise.all([client.listCards(), client.listTrades(), client.listSessions()]);
  const [cards = 0, trades = 0, sessions = 0] = pages.map(({ items }) => items.length);
  return { cards, trades, sessions };
}

/** Backs up, goes on trading, restores, and compares what each client has and sees. */
async function tryOut({ serve, backUp, restore }: Setting): Promise<void> {
  const first = await serve();
  const url = first.origin;
  const enter = async (username: string): Promise<Client> => {
    const client = createClient({ url, WebSocket, backoff });
    await client.registerUser({ email: `${username}@example.org`, username, name: username, password: PASSWORD });
    await client.login({ username, password: PASSWORD });
    return client;
  };
  const [ann, bob, carol] = [await enter('ann'), await enter('bob'), await enter('carol')];
  const give = async (username: string): Promise<string> => {
    const { id: cardId } = await ann.addCard({ name: 'Ace' });
    return (await ann.recordTrade({ cardId, recipient: { username } })).id;
  };
  for (const username of ['bob', 'carol', 'bob']) await give(username);
  const before = await Promise.all([ann, bob, carol].map(countsOf));
  const second = await backUp(first);

  const [bobs, carols] = [watching(bob, { after: 't0' }), watching(carol, { after: 't0' })];
  const lost = await give('bob');
  const late = createClient({ url });
  await late.login({ username: 'ann', password: PASSWORD });
  await vi.waitFor(() => expect([bobs.trades.at(-1), carols.trades.length]).toEqual([lost, 1]), 10_000);
  expect(await countsOf(ann)).not.toEqual(before[0]);

  await second.stop();
  await restore();
  const third = await serve();
  onTestFinished(async () => void (await third.stop()));
  expect(await Promise.all([ann, bob, carol].map(countsOf))).toEqual(before);
  await expect(late.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });

  // Bob's watch had the lost trade, Carol's had not.
  await vi.waitFor(() => expect(bobs.ends).toEqual(['validation_failed']), 10_000);
  await carols.live();
  const id = await give('carol');
  await vi.waitFor(() => expect(carols.trades.at(-1)).toBe(id), 10_000);
  expect([carols.trades.length, carols.ends]).toEqual([2, []]);
  const { items, latest } = await bob.listTrades();
  expect(items.map(trade => trade.id)).not.toContain(lost);
  const again = watching(bob, { after: latest });
  await again.live();
  const next = await give('bob');
  await vi.waitFor(() => expect(again.trades).toEqual([next]), 10_000);
}

describe('docs/guides/backup.md', () => {
  // Needs pg_dump. Where it is missing or too old, the last lines of the run report it.
  it.skipIf(!inject('pgDump'))('backs up and restores PostgreSQL', async () => {
    const name = `backup_${randomBytes(6).toString('hex')}`;
    const cwd = folder();
    const database = await freshDatabase(inject('postgresUrl'), name);
    onTestFinished(() => database.drop());
    const env = { DATABASE_URL: database.url };
    const PORT = String(await freePort());
    const SESSION_SECRETS = randomBytes(32).toString('hex');
    await tryOut({
      serve: () => serveInProcess({ ...env, PORT, SESSION_SECRETS }),
      backUp: async running => {
        await shell(block('dump'), cwd, env);
        expect(statSync(join(cwd, 'tradepost.dump')).size).toBeGreaterThan(1000);
        return running;
      },
      restore: async () => {
        await database.drop();
        await freshDatabase(inject('postgresUrl'), name);
        expect(await shell(block('restore'), cwd, env)).toContain('is up to date');
      },
    });
  });

  it('backs up and restores the embedded database', async () => {
    const cwd = folder();
    const PORT = String(await freePort());
    const serve = () => serveInProcess({ PORT }, cwd);
    await tryOut({
      serve,
      backUp: async running => {
        await running.stop();
        await shell(block('folder'), cwd);
        return serve();
      },
      restore: async () => {
        rmSync(join(cwd, '.tradepost'), { recursive: true });
        renameSync(join(cwd, 'tradepost-backup'), join(cwd, '.tradepost'));
      },
    });
  });

  it('says that the commands for MongoDB are not tested', () => {
    expect(block('mongo').match(/^mongo(?:dump|restore) --uri="\$DATABASE_URL" /gm)).toHaveLength(2);
    expect(readFileSync(GUIDE, 'utf8')).toContain('These two commands are not tested');
  });
});
