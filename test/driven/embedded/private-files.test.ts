import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { embedded } from '../../../src/adapters/driven/embedded/index.js';
import { createComplete, createFolder, makePrivate } from '../../../src/adapters/driven/embedded/private-files.js';
import { addUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { serveInProcess } from '../../support/servers/processes.js';

/** Files whose modes cannot be changed, as on file systems that know none. */
const { withoutModes } = vi.hoisted(() => ({ withoutModes: new Set<string>() }));
vi.mock('node:fs', async importOriginal => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const chmodSync = (path: string, mode: number): void => {
    if (!withoutModes.has(path)) fs.chmodSync(path, mode);
  };
  return { ...fs, chmodSync };
});

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.error('NOT RUN: tests of embedded folders with files of another user: only root can make them.');

// Reachable by everybody, or tests with another user would show nothing.
const root = mkdtempSync(join(tmpdir(), 'tradepost-private-'));
chmodSync(root, 0o755);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const everythingIn = (directory: string): string[] =>
  [directory].concat(readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(name => join(directory, name)));

/** What is not 0700 or 0600 of a folder, with its mode. */
const looseIn = (directory: string): string[] =>
  everythingIn(directory).flatMap(path => {
    const stats = lstatSync(path);
    const mode = stats.mode & 0o7777;
    return mode === (stats.isDirectory() ? 0o700 : 0o600) ? [] : [`${path} ${mode.toString(8)}`];
  });

/** What a process of the user `nobody` can list or read of these paths. */
function readableByNobody(paths: readonly string[]): string[] {
  const script = `
    const fs = require('node:fs');
    const can = read => { try { read(); return true; } catch { return false; } };
    const paths = fs.readFileSync(0, 'utf8').split('\\n');
    const readable = paths.filter(path => can(() => fs.readFileSync(path)) || can(() => fs.readdirSync(path)));
    process.stdout.write(JSON.stringify(readable));`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], {
    ...{ uid: NOBODY, gid: NOBODY, cwd: '/', encoding: 'utf8', input: paths.join('\n') },
  });
  return JSON.parse(stdout);
}

async function serveWithUmask(umask: number, directory: string, during: () => void): Promise<void> {
  const before = process.umask(umask);
  const starting = serveInProcess({ DATABASE_URL: `file:${directory}` });
  process.umask(before);
  const server = await starting;
  try {
    const body = JSON.stringify({ email: 'ann@example.org', username: 'ann', name: 'Ann', password: 'correct horse' });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${server.origin}/register`, { method: 'POST', headers, body });
    expect(status).toBe(201);
    during();
  } finally {
    await server.stop();
  }
}

/** Sets the umask until the test ends. */
function useUmask(umask: number): void {
  const before = process.umask(umask);
  onTestFinished(() => void process.umask(before));
}

const made = join(root, 'made');
/** Copies a folder with data, with modes as a careless `cp` or an earlier version leaves them. */
function copyOf(directory: string, folders: number, files: number): string {
  const copy = join(root, `copy-${readdirSync(root).length}`);
  cpSync(directory, copy, { recursive: true });
  for (const path of everythingIn(copy)) chmodSync(path, statSync(path).isDirectory() ? folders : files);
  return copy;
}

describe('the folder of an embedded database that the server makes', () => {
  it.each([0o000, 0o077])(
    'is for its owner only with the umask %i, also while it runs',
    { timeout: 120_000 },
    async umask => {
      const directory = umask === 0 ? made : join(root, `umask-${umask}`, 'below');
      let seen = 0;
      await serveWithUmask(umask, directory, () => {
        seen = everythingIn(directory).length;
        expect(looseIn(directory)).toEqual([]);
      });
      expect(seen).toBeGreaterThan(900);
      expect(looseIn(directory)).toEqual([]);
      expect(existsSync(join(directory, 'session-secret'))).toBe(true);
    },
  );

  it.runIf(isRoot)('can be read by no other user, whatever the umask', () => {
    const control = join(root, 'control.txt');
    writeFileSync(control, 'readable', { mode: 0o644 });
    expect(readableByNobody([control, ...everythingIn(made)])).toEqual([control]);
  });
});

describe('a new folder', () => {
  it('has the mode 0700, as have the folders above it that are created with it', () => {
    useUmask(0);
    const above = join(root, 'new');
    createFolder(join(above, 'folder'));
    expect(looseIn(above)).toEqual([]);
  });

  it('has the mode 0700 also with a umask that takes rights from its owner', () => {
    useUmask(0o277);
    const directory = join(root, 'masked');
    createFolder(directory);
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
  });
});

describe('a new file', () => {
  it.each([0o000, 0o277])('has the mode 0600 with the umask %i, and its whole content', async umask => {
    const path = join(root, `file-${umask}`);
    useUmask(umask);
    expect(await createComplete(path, 'content')).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(await createComplete(path, 'other')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('content');
    expect(readdirSync(root).filter(name => name.endsWith('.new'))).toEqual([]);
  });
});

describe('a folder of an embedded database that others could read', () => {
  it.each([
    [0o755, 0o644],
    [0o775, 0o664],
  ])('with the modes %o and %o is closed, with all that is in it', async (folders, files) => {
    const directory = copyOf(made, folders, files);
    if (isRoot) expect(readableByNobody(everythingIn(directory)).length).toBeGreaterThan(900);
    const secret = join(directory, 'session-secret');
    // One that its group can write to is refused: see the tests of session secrets.
    chmodSync(secret, 0o644);
    const server = await serveInProcess({ DATABASE_URL: `file:${directory}` });
    await server.stop();
    expect(looseIn(directory)).toEqual([]);
    if (isRoot) expect(readableByNobody(everythingIn(directory))).toEqual([]);
  });

  it('is closed by every command that opens it, and files in a closed folder are closed too', async () => {
    const directory = copyOf(made, 0o777, 0o666);
    chmodSync(directory, 0o700);
    const storage = await embedded({ directory }).open();
    await addUser(storage);
    await storage.close();
    expect(looseIn(join(directory, 'data'))).toEqual([]);
  });

  it('is closed with files that every user may write to, if they are in a folder that was closed', () => {
    const directory = join(root, 'half-closed');
    mkdirSync(join(directory, 'data'), { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, 'data', 'PG_VERSION'), '18');
    chmodSync(join(directory, 'data', 'PG_VERSION'), 0o666);
    chmodSync(directory, 0o755);
    makePrivate(directory, () => true);
    expect(looseIn(directory)).toEqual([]);
  });

  it('keeps the modes of files that are not of the database', async () => {
    const directory = copyOf(made, 0o755, 0o644);
    writeFileSync(join(directory, 'run.sh'), '');
    chmodSync(join(directory, 'run.sh'), 0o755);
    await (await embedded({ directory }).open()).close();
    expect(statSync(join(directory, 'run.sh')).mode & 0o7777).toBe(0o755);
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
  });
});

describe('a folder of an embedded database is refused', () => {
  let count = 0;
  /** A folder with a file that stands for the data. */
  const prepare = (): string => {
    count += 1;
    const directory = join(root, `refused-${count}`, 'store');
    mkdirSync(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'data', 'PG_VERSION'), '18', { mode: 0o644 });
    return directory;
  };

  async function expectRefusal(directory: string, message: RegExp): Promise<void> {
    const modes = () => everythingIn(dirname(directory)).map(path => `${path} ${lstatSync(path).mode.toString(8)}`);
    const before = modes();
    const refused = embedded({ directory }).open();
    await expect(refused).rejects.toMatchObject({ code: 'data_folder_unsafe' });
    await expect(refused).rejects.toThrow(message);
    expect(await embedded({ directory }).inspect()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(message),
    });
    expect(modes()).toEqual(before);
  }

  it('if every user can write to it', async () => {
    const directory = prepare();
    chmodSync(directory, 0o777);
    await expectRefusal(directory, /can be written by every user of this machine\. .*chmod -R go= \//);
  });

  it('if every user could write to a file in it', async () => {
    const directory = prepare();
    chmodSync(join(directory, 'data', 'PG_VERSION'), 0o666);
    await expectRefusal(directory, /PG_VERSION can be written by every user .*chmod -R go= \//);
  });

  it('if every user can replace it, but not in a folder with the sticky bit', async () => {
    const directory = prepare();
    chmodSync(dirname(directory), 0o777);
    await expectRefusal(directory, /is in .*, where every user of this machine can replace it\. .*chmod o-w \//);
    const absent = join(dirname(directory), 'new');
    await expect(embedded({ directory: absent }).open()).rejects.toThrow('every user of this machine can replace it');
    expect(existsSync(absent)).toBe(false);
    chmodSync(dirname(directory), 0o1777);
    createFolder(absent);
    expect(statSync(absent).mode & 0o7777).toBe(0o700);
  });

  it('if it is a symbolic link, or has one among its data', async () => {
    const directory = prepare();
    const link = join(root, 'link');
    symlinkSync(directory, link);
    onTestFinished(() => rmSync(link));
    await expectRefusal(link, new RegExp(`link is a symbolic link\\. Use what it points to instead: ${directory}\\.`));
    symlinkSync('/etc', join(directory, 'data', 'pg_wal'));
    await expectRefusal(directory, /pg_wal is a symbolic link\. Use what it points to instead: \/etc/);
    const dangling = join(root, 'dangling');
    symlinkSync(join(root, 'absent'), dangling);
    onTestFinished(() => rmSync(dangling));
    await expect(embedded({ directory: dangling }).open()).rejects.toThrow(
      `${dangling} is a symbolic link. Use what it points to instead: nothing that exists.`,
    );
  });

  it('if its file system does not keep permissions', () => {
    const directory = prepare();
    const file = join(directory, 'data', 'PG_VERSION');
    withoutModes.add(file);
    onTestFinished(() => withoutModes.clear());
    expect(() => makePrivate(directory, () => true)).toThrow(
      `${file} is on a file system that does not keep permissions. Choose a folder on another file system`,
    );
  });

  describe.runIf(isRoot)('if another user', () => {
    it('owns it', async () => {
      const directory = prepare();
      chownSync(directory, NOBODY, NOBODY);
      await expectRefusal(
        directory,
        /belongs to the user with the id 65534, and this process runs as 0\. .*chown -R 0 \//,
      );
    });

    it('owns a file in it', async () => {
      const directory = prepare();
      chownSync(join(directory, 'data', 'PG_VERSION'), NOBODY, NOBODY);
      await expectRefusal(directory, /PG_VERSION belongs to the user with the id 65534.*chown -R 0 \//);
    });

    it('owns a link on the way to it', async () => {
      const directory = prepare();
      const link = join(root, 'way');
      symlinkSync(dirname(directory), link);
      lchownSync(link, NOBODY, NOBODY);
      onTestFinished(() => rmSync(link));
      const through = join(link, 'store');
      expect(() => createFolder(join(through, 'data'))).toThrow(`is reached through ${link}, a symbolic link`);
      await expect(embedded({ directory: through }).open()).rejects.toThrow(
        `is reached through ${link}, a symbolic link of the user with the id 65534. Use what it points to instead: ${directory}.`,
      );
    });

    it.each([
      ['root', 0],
      ['this user', NOBODY],
    ])('does not: links of %s are followed', (_who, owner) => {
      const target = prepare();
      const link = join(root, 'way');
      symlinkSync(target, link);
      lchownSync(link, owner, owner);
      onTestFinished(() => rmSync(link));
      const own = vi.spyOn(process, 'getuid').mockReturnValue(NOBODY);
      onTestFinished(() => own.mockRestore());
      createFolder(join(link, 'new'));
      expect(statSync(join(target, 'new')).mode & 0o7777).toBe(0o700);
    });
  });
});
