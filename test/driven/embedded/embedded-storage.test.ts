import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/adapters/driven/embedded/directory-lock.js';
import { embedded } from '../../../src/adapters/driven/embedded/index.js';
import { addUser } from '../../../src/testing/storage-conformance/fixtures.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string) => join(root, name);

describe('the embedded database', () => {
  it('keeps its data, is held by one process at a time, and is not created by an inspection', async () => {
    const directory = folder('kept');
    const connector = embedded({ directory });
    expect(await connector.inspect()).toMatchObject({ ok: true, detail: expect.stringContaining('nothing in') });
    const first = await connector.open();
    const user = await addUser(first);
    const refused = embedded({ directory }).open();
    await expect(refused).rejects.toMatchObject({ code: 'store_in_use', directory: resolve(directory) });
    await expect(refused).rejects.toThrow(`is in use by process ${process.pid}`);
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

describe('creating the embedded database', () => {
  it('starts over after an interrupted attempt and removes its files', async () => {
    const directory = folder('begun');
    mkdirSync(join(directory, 'data.unfinished-once'), { recursive: true });
    writeFileSync(join(directory, 'data.unfinished-once', 'PG_VERSION'), 'torn');
    expect(await embedded({ directory }).migrate()).toMatchObject({ applied: ['0001-core', '0002-attempts'] });
    expect(readdirSync(directory)).toEqual(['data']);
  });
});

describe('the lock of a data folder', () => {
  const path = (directory: string) => join(directory, 'tradepost.lock');

  it('can be acquired again after its release', async () => {
    const directory = folder('back');
    for (let round = 0; round < 3; round += 1) await (await lockDirectory(directory)).release();
  });

  it('is acquired by one of many concurrent attempts', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockDirectory(folder('many'))));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of a killed process is ignored', async () => {
    const directory = folder('killed');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    const process_ = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(
      path(directory),
      JSON.stringify({ ...mine, pid: process_.pid, startedAt: startTimeOf(process_.pid) }),
    );
    await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${process_.pid}`);
    process_.kill('SIGKILL');
    await once(process_, 'exit');
    await (await lockDirectory(directory)).release();
  });

  // Only Linux reports when a process started; elsewhere the lock relies on the process number.
  it.runIf(process.platform === 'linux')('of a process whose number was reused is ignored', async () => {
    const directory = folder('reused');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    writeFileSync(path(directory), JSON.stringify({ ...mine, startedAt: '1' }));
    await (await lockDirectory(directory)).release();
  });

  it('of a process on another machine counts while its heartbeat continues', async () => {
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

function startTimeOf(pid: number | undefined): string | null {
  if (process.platform !== 'linux') return null;
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
