import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Need } from '../../src/peers/peers.js';
import { MissingPeers, NEEDS } from '../../src/peers/peers.js';
import type { Project } from '../support/project.js';
import { createProject } from '../support/project.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: object;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const rows = Object.entries(NEEDS) as [Need, readonly string[]][];
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const subpaths = Object.keys(manifest.exports)
  .filter(key => key !== './package.json')
  .map(key => key.replace('.', 'tradepost'));

const projects: Project[] = [];
afterAll(() => Promise.all(projects.map(project => project.remove())));

function install(peers: readonly string[]): Project {
  const project = createProject({ packages: [], packed: true, peers });
  projects.push(project);
  return project;
}

interface Outcome {
  readonly status: number;
  readonly output: string;
}

function run({ directory }: Project, args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
  try {
    const output = execFileSync(process.execPath, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return { status: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { status, output: stdout + stderr };
  }
}

const PRINT = `.then(() => console.log('loaded'), ({ name, message }) => console.log(name + ': ' + message));`;

/** Both ways of loading: what they print. */
const load = (project: Project, specifier: string): string[] => [
  run(project, ['--input-type=module', '-e', `import('${specifier}')${PRINT}`]).output,
  run(project, ['--input-type=commonjs', '-e', `Promise.resolve().then(() => require('${specifier}'))${PRINT}`]).output,
];

const cli = (project: Project, args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome =>
  run(project, ['node_modules/tradepost/dist/main/cli.js', ...args], env);

describe('the packages that Tradepost needs', () => {
  it('are optional peers, which this project has for development, and nothing is a dependency', () => {
    const { '@types/node': _, ...peers } = manifest.peerDependencies;
    expect(manifest.dependencies).toBeUndefined();
    expect(sorted(rows.flatMap(([, names]) => names))).toEqual(sorted(Object.keys(peers)));
    expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(Object.keys(manifest.peerDependencies));
    expect(Object.values(manifest.peerDependenciesMeta).every(({ optional }) => optional)).toBe(true);
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(Object.keys(peers)));
  });

  it('are imported only by modules that are imported after a check', () => {
    const files = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.js'));
    const importing = files.filter(file =>
      /^(?:import|export) (?:[^;]*? from )?'(?!\.|node:)/m.test(readFileSync(join('dist', file), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(200);
    expect(importing.sort()).toEqual([
      'adapters/driven/opentelemetry/tracing-observer.js',
      'adapters/driven/prometheus/prometheus-metrics.js',
      'main/compose.js',
    ]);
  });

  it('are those of docs/sizes.md', () => {
    const page = readFileSync('docs/sizes.md', 'utf8').split('<!-- table: peers -->')[1] ?? '';
    const published = [...page.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|$/gm)].map(([, need, names]) => [need, names]);
    expect(published).toEqual(rows.map(([need, names]) => [need, sorted(names).join(' ')]));
  });

  it('are named with the command that installs them', () => {
    expect(new MissingPeers('tradepost/postgres', ['pg']).message).toBe('tradepost/postgres needs pg: npm install pg');
    expect(new MissingPeers('serve', ['a', 'b', 'c'], ['tradepost']).message).toBe(
      'serve needs a, b and c: npm install tradepost a b c',
    );
  });
});

describe('without any of them', () => {
  const project = install([]);
  const needing = rows.map(([need]) => need).filter(need => need.startsWith('tradepost/'));

  it.each(needing)('%s names those of its row in one line', need => {
    const names = sorted(NEEDS[need]);
    const expected = `MissingPeers: ${new MissingPeers(need, names).message}\n`;
    expect(load(project, need)).toEqual([expected, expected]);
  });

  it.each(subpaths.filter(path => !(path in NEEDS)))('%s loads', subpath => {
    expect(load(project, subpath)).toEqual(['loaded\n', 'loaded\n']);
  });

  it('createTradepost names its own', () => {
    const code = `
      import { createTradepost } from 'tradepost';
      import { memory } from 'tradepost/memory';
      createTradepost({ storage: memory() })${PRINT}`;
    expect(run(project, ['--input-type=module', '-e', code]).output).toBe(
      'MissingPeers: createTradepost needs argon2, inversify, reflect-metadata and zod: npm install argon2 inversify reflect-metadata zod\n',
    );
  });

  it('commands name in one line all that server and store need', () => {
    const expected = (command: string, store: readonly string[]): Outcome => ({
      status: 1,
      output: `tradepost: ${new MissingPeers(command, sorted([...NEEDS['the command'], ...store])).message}\n`,
    });
    const [pg, mongo] = [{ DATABASE_URL: 'postgres://db/cards' }, { DATABASE_URL: 'mongodb://db/cards' }];
    expect(cli(project, ['serve'])).toEqual(expected('serve', NEEDS['tradepost/embedded']));
    expect(cli(project, ['serve'], { DATABASE_URL: 'memory:' })).toEqual(expected('serve', []));
    expect(cli(project, ['migrate'], pg)).toEqual(expected('migrate', ['pg']));
    expect(cli(project, ['doctor'], mongo)).toEqual(expected('doctor', NEEDS['tradepost/mongo']));
    expect(cli(project, ['copy', '--from', 'file:a', '--to', mongo.DATABASE_URL])).toEqual(
      expected('copy', [...NEEDS['tradepost/embedded'], ...NEEDS['tradepost/mongo']]),
    );
    project.write({ url: 'postgres://db/cards\n', '.env': 'DATABASE_URL_FILE=url\n' });
    expect(cli(project, ['serve', '--env-file', '.env'])).toEqual(expected('serve', ['pg']));
  });

  it('the command has its usage and its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(cli(project, ['--version'])).toEqual({ status: 0, output: `${version}\n` });
    expect(cli(project, ['--help'])).toMatchObject({ status: 0, output: expect.stringContaining('usage: tradepost') });
    expect(cli(project, ['sreve'])).toMatchObject({ status: 2, output: expect.stringMatching(/^tradepost: .+\n$/) });
  });
});

describe('with those of its row and no other', () => {
  it.each(rows.filter(([need]) => need.startsWith('tradepost/')))('%s loads', (need, names) => {
    expect(load(install(sorted(names)), need)).toEqual(['loaded\n', 'loaded\n']);
  });

  it('createTradepost works', () => {
    const code = `
      import { createTradepost } from 'tradepost';
      import { memory } from 'tradepost/memory';
      const tradepost = await createTradepost({ storage: memory() });
      const { username } = await tradepost.registerUser({
        email: 'ann@example.org', username: 'ann', name: 'Ann', password: 'correct horse battery' });
      console.log(username);
      await tradepost.close();`;
    expect(run(install(NEEDS.createTradepost), ['--input-type=module', '-e', code]).output).toBe('ann\n');
  });

  it.each([
    ['memory:', []],
    ['file:data', NEEDS['tradepost/embedded']],
  ] as const)('tradepost serve works on %s', async (DATABASE_URL, store) => {
    const project = install([...new Set([...NEEDS['the command'], ...store])]);
    const program = project.start(['node_modules/tradepost/dist/main/cli.js', 'serve', '--port', '0'], {
      DATABASE_URL,
      LOG_FORMAT: 'pretty',
    });
    await program.printed(/^listening on http:\/\/127\.0\.0\.1:\d+ /m);
    await program.stop();
  });
});
