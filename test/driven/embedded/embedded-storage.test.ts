import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { lockDirectory } from '../../../src/adapters/driven/embedded/directory-lock.js';
import { embedded } from '../../../src/adapters/driven/embedded/index.js';
import { addUser, times } from '../../../src/testing/storage-conformance/fixtures.js';
import { serveInProcess } from '../../support/servers/processes.js';

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

  it('serves queries while listening to signals starts and stops', async () => {
    const storage = await embedded({ directory: folder('listening') }).open();
    onTestFinished(() => storage.close());
    const { id } = await addUser(storage);
    const find = async () => (await storage.users.findAccount({ id }))?.user.id;
    for (const turns of times(100)) {
      let stop = (): void => undefined;
      const listen = async (): Promise<void> => {
        // The messages of the next query follow one another in microtasks.
        for (const _ of times(turns)) await undefined;
        stop = storage.signals.subscribe(() => undefined);
      };
      const finding = times(5).map(find);
      await finding[0]?.then(listen);
      expect(await Promise.all(finding)).toEqual(times(5).map(() => id));
      stop();
    }
  });
});

describe('an embedded database', () => {
  const directory = folder('changed');
  const change = async (sql: string): Promise<void> => {
    const files = await PGlite.create(join(directory, 'data'));
    await files.query(sql);
    await files.close();
  };

  it('with a newer schema is refused', async () => {
    await embedded({ directory }).migrate();
    await change("INSERT INTO tradepost.migrations VALUES ('9999-later', now())");
    await expect(embedded({ directory }).open()).rejects.toMatchObject({ code: 'schema_newer' });
    expect(await embedded({ directory }).inspect()).toMatchObject({ ok: false });
    await change("DELETE FROM tradepost.migrations WHERE name = '9999-later'");
  });

  it('whose folder was removed is not ready, also if another one is there now, and closing it fails', async () => {
    const storage = await embedded({ directory }).open();
    expect(await storage.check()).toMatchObject({ ok: true });
    rmSync(directory, { recursive: true });
    const detail = expect.stringContaining('was removed or replaced');
    expect(await storage.check()).toEqual({ ok: false, detail });
    mkdirSync(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'data', 'PG_VERSION'), '17');
    const other = await lockDirectory(directory);
    expect(await storage.check()).toEqual({ ok: false, detail });
    await expect(storage.close()).rejects.toMatchObject({ code: 'store_vanished', directory: resolve(directory) });
    expect(await other.isHeld()).toBe(true);
    await other.release();
  });

  it('whose folder is removed makes the readiness of a server 503 and its exit status 1', async () => {
    const served = folder('served');
    const server = await serveInProcess({ DATABASE_URL: `file:${served}` });
    onTestFinished(async () => void (await server.stop()));
    const readiness = async () => (await fetch(`${server.origin}/health/ready`)).status;
    expect(await readiness()).toBe(200);
    rmSync(served, { recursive: true });
    expect(await readiness()).toBe(503);
    expect(await server.stop()).toBe(1);
    expect(server.output()).toMatch(/^tradepost: The data folder .* was removed or replaced/m);
  });
});

describe('creating the embedded database', () => {
  it('starts over after an interrupted attempt and removes its files', async () => {
    const directory = folder('begun');
    mkdirSync(join(directory, 'data.unfinished-once'), { recursive: true });
    writeFileSync(join(directory, 'data.unfinished-once', 'PG_VERSION'), 'torn');
    const applied = ['0001-core', '0002-session-cap', '0003-attempts'];
    expect(await embedded({ directory }).migrate()).toMatchObject({ applied });
    expect(readdirSync(directory)).toEqual(['data']);
  });
});

describe('the lock of a data folder', () => {
  const made = (name: string) => {
    mkdirSync(folder(name));
    return folder(name);
  };
  const path = (directory: string) => join(directory, 'tradepost.lock');

  it('can be acquired again after its release', async () => {
    const directory = made('back');
    for (let round = 0; round < 3; round += 1) await (await lockDirectory(directory)).release();
  });

  it('is acquired by one of many concurrent attempts', async () => {
    const directory = made('many');
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockDirectory(directory)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of a killed process is ignored', async () => {
    const directory = made('killed');
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
    const directory = made('reused');
    const { release } = await lockDirectory(directory);
    const mine = JSON.parse(readFileSync(path(directory), 'utf8'));
    await release();
    writeFileSync(path(directory), JSON.stringify({ ...mine, startedAt: '1' }));
    await (await lockDirectory(directory)).release();
  });

  it('of a process on another machine counts while its heartbeat continues', async () => {
    const directory = made('elsewhere');
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
