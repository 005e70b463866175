import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { NEEDS } from '../../src/peers/peers.js';
import { pack, startProgram } from '../support/project.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-create-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Manifest {
  readonly version: string;
  readonly engines: object;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const WRITTEN = ['.env.example', '.gitignore', 'README.md', 'first-trade.js', 'package.json'];

/** Runs the sources of the initializer. Returns its status and what it printed. */
function create(cwd: string, ...args: readonly string[]): { status: number; output: string } {
  try {
    const output = execFileSync(process.execPath, [resolve('create/create.js'), ...args], {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { PATH: process.env.PATH },
    });
    return { status: 0, output };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { status, output: stderr };
  }
}

function emptyFolder(name: string): string {
  const path = join(root, name);
  mkdirSync(path);
  return path;
}

describe('create-tradepost', () => {
  it('names the packages that the server needs, in the versions this project is tested with', () => {
    const { tradepost, ...peers } = manifestOf('create/template').dependencies ?? {};
    const [own, { devDependencies, version, engines }] = [manifestOf('create'), manifestOf('.')];
    const names = [...new Set([...NEEDS['the command'], ...NEEDS['tradepost/embedded']])].sort();
    expect(peers).toEqual(Object.fromEntries(names.map(name => [name, devDependencies[name]])));
    expect(tradepost).toBe(`^${version}`);
    expect([own.version, own.engines, own.dependencies]).toEqual([version, engines, undefined]);
  });

  it('writes the project into a new folder, and prints the next commands', () => {
    const parent = emptyFolder('new');
    const { status, output } = create(parent, 'My App');
    expect(status).toBe(0);
    expect(output.split('\n').filter(line => line.startsWith('  '))).toEqual([
      '  cd "My App"',
      '  npm install',
      expect.stringMatching(/^ {2}npm start /),
      expect.stringMatching(/^ {2}npm run first-trade /),
    ]);
    expect(readdirSync(join(parent, 'My App')).sort()).toEqual(WRITTEN);
    expect(manifestOf(join(parent, 'My App'))).toMatchObject({ name: 'my-app', private: true });
  });

  it('takes the current folder, and a version or an archive of Tradepost', () => {
    const [here, version] = [emptyFolder('here'), emptyFolder('version')];
    expect(create(here, '.', '--tradepost', './tradepost.tgz').output).not.toContain('cd ');
    expect(manifestOf(here).dependencies?.tradepost).toBe(`file:${join(here, 'tradepost.tgz')}`);
    expect(create(version, 'app', '--tradepost=0.1.0').status).toBe(0);
    expect(manifestOf(join(version, 'app')).dependencies?.tradepost).toBe('0.1.0');
  });

  it('refuses a folder that is not empty, and writes nothing', () => {
    const folder = emptyFolder('full');
    writeFileSync(join(folder, 'notes.txt'), '');
    expect(create(folder, '.')).toEqual({
      status: 1,
      output: 'create-tradepost: . is not empty; name a new folder\n',
    });
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it.each([[[]], [['a', 'b']], [['a', '--nonsense']]])('reports wrong usage in one line: %j', args => {
    const { status, output } = create(emptyFolder(`usage-${args.length}-${args.join('')}`), ...args);
    expect(status).toBe(2);
    expect(output).toMatch(/^create-tradepost: .+ \(usage: npm create tradepost FOLDER .+\)\n$/);
  });
});

describe.skipIf(inject('registry') === null)('from an empty folder', () => {
  it('is less than a minute to the first trade, seen live', async () => {
    const [tradepost, initializer] = [pack(root), pack(root, 'create')];
    const parent = emptyFolder('start');
    const environment = { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_loglevel: 'error' };
    const npm = (cwd: string, ...args: readonly string[]): string =>
      execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe', env: environment });

    const began = performance.now();
    npm(
      parent,
      'exec',
      '--yes',
      `--package=${initializer}`,
      '--',
      'create-tradepost',
      'app',
      `--tradepost=${tradepost}`,
    );
    const app = join(parent, 'app');
    npm(app, 'install', '--no-audit', '--no-fund');
    const server = startProgram(app, ['node_modules/tradepost/dist/main/cli.js', 'serve', '--port', '0']);
    onTestFinished(async () => void (await server.stop()));
    await server.printed(/^listening on /m);
    const url = /^listening on (\S+)/m.exec(server.output())?.[1] ?? '';
    const output = execFileSync('npm', ['run', '--silent', 'first-trade'], {
      cwd: app,
      encoding: 'utf8',
      env: { ...environment, TRADEPOST_URL: url },
    });
    const seconds = (performance.now() - began) / 1000;
    expect(output).toBe('Bob received Dragon from ann.\n');
    console.log(`from an empty folder to the first live trade: ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(60);
  }, 180_000);
});
