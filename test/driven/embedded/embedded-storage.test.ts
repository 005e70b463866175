import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/adapters/driven/embedded/directory-lock.js';
import { embedded } from '../../../src/adapters/driven/embedded/index.js';
import { addUser } from '../../../src/testing/storage-conformance/fixtures.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string) => join(root, name);

describe('the embedded database', () => {
  it('keeps its data, is held by one process at a time, and is looked at without being made', async () => {
    const directory = folder('kept');
    const connector = embedded({ directory });
    expect(await connector.inspect()).toMatchObject({ ok: true, detail: expect.stringContaining('nothing in') });
    const first = await connector.open();
    const user = await addUser(first);
    await expect(embedded({ directory }).open()).rejects.toThrow(`is in use by process ${process.pid}`);
    expect(await embedded({ directory }).inspect()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('in use'),
    });
    await first.close();

    const second = await embedded({ directory }).open();
    expect((await second.users.findAccount({ id: user.id }))?.user).toEqual(user);
    await second.close();
  });
});

describe('making the embedded database', () => {
  it('begins anew where an attempt was broken off, and removes what that has left', async () => {
    const directory = folder('begun');
    mkdirSync(join(directory, 'data.unfinished-once'), { recursive: true });
    writeFileSync(join(directory, 'data.unfinished-once', 'PG_VERSION'), 'torn');
    expect(await embedded({ directory }).migrate()).toMatchObject({ applied: ['0001-core'] });
    expect(readdirSync(directory)).toEqual(['data']);
  });
});

describe('the lock of a data folder', () => {
  const path = (directory: string) => join(directory, 'tradepost.lock');

  it('is given back, and can be taken again', async () => {
    const directory = folder('back');
    for (let round = 0; round < 3; round += 1) await (await lockDirectory(directory)).release();
  });

  it('is taken by one of many at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockDirectory(folder('many'))));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of a process that was killed does not count', async () => {
    const directory = folder('killed');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    const process_ = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(path(directory), JSON.stringify({ ...mine, pid: process_.pid, startedAt: startOf(process_.pid) }));
    await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${process_.pid}`);
    process_.kill('SIGKILL');
    await once(process_, 'exit');
    await (await lockDirectory(directory)).release();
  });

  // Only Linux tells when a process started; elsewhere the lock goes by the number alone.
  it.runIf(process.platform === 'linux')('of a process whose number another one has now does not count', async () => {
    const directory = folder('reused');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    writeFileSync(path(directory), JSON.stringify({ ...mine, startedAt: '1' }));
    await (await lockDirectory(directory)).release();
  });

  it('of another machine counts while its heartbeat goes on', async () => {
    const directory = folder('elsewhere');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    writeFileSync(path(directory), JSON.stringify({ ...mine, host: 'another-machine' }));
    await expect(lockDirectory(directory)).rejects.toThrow('on another-machine');
    const minuteAgo = Date.now() / 1000 - 60;
    utimesSync(path(directory), minuteAgo, minuteAgo);
    await (await lockDirectory(directory)).release();
  });
});

function startOf(pid: number | undefined): string | null {
  if (process.platform !== 'linux') return null;
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
