import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Project } from '../support/project.js';
import { blocksOf, createProject } from '../support/project.js';

const pages = { ...blocksOf('docs/storage-adapters.md'), ...blocksOf('docs/server.md') };

describe('the code of docs/storage-adapters.md and docs/server.md', () => {
  let project: Project;
  beforeAll(async () => {
    project = createProject({ packages: ['vitest'], packed: false });
    const names = Object.keys(pages);
    project.write(Object.fromEntries(names.map(name => [`${name}.test.ts`, pages[name] ?? ''])));
    // Vitest's own types need libraries that a server does not have.
    const options = ['--skipLibCheck'];
    expect(
      await project.compile(
        names.map(name => `${name}.test.ts`),
        options,
      ),
    ).toBe('');
  });
  afterAll(() => project.remove());

  it('is all of it', () => {
    expect(Object.keys(pages).sort()).toEqual(['my-store', 'node-test', 'server', 'vitest']);
  });

  it('makes a store that tradepost serves and doctor inspects', async () => {
    const environment = { DATABASE_URL: 'module:./my-store.test.js?name=mine', PORT: '0' };
    const doctor = project.start(['node_modules/tradepost/dist/main/cli.js', 'doctor'], environment);
    expect(await doctor.ended).toBe(0);
    expect(doctor.output()).toContain('ok       storage: my store mine: ');
    const server = project.start(['node_modules/tradepost/dist/main/cli.js', 'serve'], environment);
    await server.printed(/^listening on http:\S+ \(storage: my store mine\)$/m);
  });

  it.each([
    ['node --test', ['--test', 'node-test.test.js'], /^# fail 0$/m],
    ['vitest', ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.js'], /Tests {2}\d+ passed/],
  ])('runs the suite with %s', async (_runner, args, passed) => {
    const program = project.start(args, { NO_COLOR: '1' });
    expect({ status: await program.ended, output: program.output() }).toEqual({
      status: 0,
      output: expect.stringMatching(passed),
    });
  });

  it('runs the whole server in a process of its own', async () => {
    const program = project.start(['server.test.js'], { DATABASE_URL: 'memory:', PORT: '0', LOG_LEVEL: 'warn' });
    await program.printed(/listening on http:\S+/);
    const url = /http:\S+/.exec(program.output())?.[0] ?? '';
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/cards`)).status).toBe(401);
    expect((await fetch(`${url}/`)).status).toBe(200);
  });

  it('refuses a wrong environment in a process of its own', async () => {
    const program = project.start(['server.test.js'], { DATABASE_URL: 'memory:', PORT: 'x' });
    expect(await program.ended).not.toBe(0);
    expect(program.output()).toContain('PORT: must be a whole number');
  });
});

it('the examples of an adapter and of a transport have the types that they name', { timeout: 120_000 }, async () => {
  const files = ['examples/sqlite-store', 'examples/stdio-transport'].flatMap(folder =>
    readdirSync(folder)
      .filter(name => name.endsWith('.js'))
      .map(name => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(7);
  const options =
    '--ignoreConfig --allowJs --checkJs --noEmit --strict --skipLibCheck --module nodenext --target es2023 --lib es2024 --types node';
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, ...options.split(' '), ...files]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
});
