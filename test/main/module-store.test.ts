import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run, serveInProcess } from '../support/servers/processes.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-module-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'node_modules/@me'), { recursive: true });
symlinkSync(resolve(), join(root, 'node_modules/tradepost'));

const write = (name: string, text: string): void => {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), text);
};

const STORE = `
import { memory } from 'tradepost/memory';
export default ({ url, poolSize, onWarning }) => {
  if (typeof onWarning !== 'function') throw new Error('there is no onWarning');
  const { open, migrate, inspect } = memory();
  return { description: 'mine ' + poolSize + ' ' + new URL(url).searchParams.get('name'), open, migrate, inspect };
};`;
write('my-store.mjs', STORE);
write('node_modules/@me/store/index.js', STORE);
write('node_modules/@me/store/package.json', '{ "name": "@me/store", "type": "module", "main": "./index.js" }');
write('connector.mjs', "import { memory } from 'tradepost/memory';\nexport default memory();");

const SQLITE = resolve('examples/sqlite-store/index.js');

describe('DATABASE_URL=module:', () => {
  it.each([
    ['module:./my-store.mjs?name=ann', 'mine 7 ann'],
    ['module:my-store.mjs?name=ann', 'mine 7 ann'],
    [`module:${join(root, 'my-store.mjs')}`, 'mine 7 null'],
    ['module:@me/store?name=bob', 'mine 7 bob'],
    ['module:./connector.mjs', 'memory'],
  ])('%s names a store for doctor, migrate and serve', async (DATABASE_URL, description) => {
    const variables = { DATABASE_URL, DATABASE_POOL_SIZE: '7' };
    expect(await run(['doctor'], variables, root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`ok       storage: ${description}: `),
    });
    expect(await run(['migrate'], variables, root)).toMatchObject({
      stdout: `${description} is up to date\n`,
      stderr: '',
    });
    const server = await serveInProcess(variables, root);
    expect(server.line).toContain(`(storage: ${description})`);
    expect(await server.stop()).toBe(0);
  });

  write('empty.mjs', 'export const store = 1;');
  write('throws.mjs', "throw new Error('no licence for postgres://ann:hunter2@db/x?key=hunter2');");
  write('unhappy.mjs', "export default () => { throw new Error('set MY_STORE_KEY'); };");
  write('missing.mjs', "import 'not-installed-here';");
  write('syntax.mjs', 'export default (;');
  write('else.mjs', "export default () => ({ description: 'x', open: () => {} });");
  write('nothing.mjs', 'export default () => undefined;');
  write('number.mjs', 'export default 7;');
  write(
    'broken.mjs',
    "export default { description: 'broken', open: async () => { throw new Error('no disk'); }, migrate: async () => { throw new Error('no disk'); }, inspect: async () => { throw new Error('no disk'); } };",
  );

  it.each([
    [
      './not-there.mjs',
      /^module:\.\/not-there\.mjs is not found: there is no file \S+\/not-there\.mjs\. The path is rel/,
    ],
    [
      'not-installed',
      /^module:not-installed is not found: no package of that name .* npm install, or write module:\.\/not/,
    ],
    ['./empty.mjs', /^module:\.\/empty\.mjs has no default export: it has to export a StorageConnector/],
    ['./throws.mjs', /^module:\.\/throws\.mjs cannot be loaded: no licence for postgres:\/\/…@db\/x/],
    ['./unhappy.mjs', /^module:\.\/unhappy\.mjs cannot be loaded: set MY_STORE_KEY$/],
    ['./missing.mjs', /^module:\.\/missing\.mjs cannot be loaded: Cannot find package 'not-installed-here'/],
    ['./syntax.mjs', /^module:\.\/syntax\.mjs cannot be loaded: Unexpected token/],
    [
      './else.mjs',
      /^module:\.\/else\.mjs: the function that it exports returns no StorageConnector: it lacks migrate, inspect/,
    ],
    ['./nothing.mjs', /it lacks description, open, migrate, inspect \(docs\/storage-adapters\.md shows one\)$/],
    ['./number.mjs', /^module:\.\/number\.mjs: its default export is no StorageConnector/],
    ['./broken.mjs', /^broken: no disk$/],
  ])('%s is refused by doctor, serve and migrate in the same words', async (module, reason) => {
    const variables = { DATABASE_URL: `module:${module}?password=hunter2`, PORT: '0' };
    const doctor = await run(['doctor'], variables, root);
    const found = /^problem {2}storage: (.*)$/m.exec(doctor.stdout)?.[1] ?? '';
    expect({ status: doctor.status, stderr: doctor.stderr, found }).toMatchObject({ status: 1, stderr: '' });
    expect(found).toMatch(reason);
    for (const command of ['serve', 'migrate']) {
      expect(await run([command], variables, root)).toMatchObject({
        status: 1,
        stderr: `tradepost: storage: ${found}\n`,
      });
    }
    expect(doctor.stdout).not.toContain('hunter2');
  });

  it('is copied to and from where the adapter has `copying`, and refused in one line where it has none', async () => {
    const url = (name: string) => `module:${SQLITE}?file=${join(root, name)}`;
    const server = await serveInProcess({ DATABASE_URL: url('one.db') }, root);
    expect(server.line).toContain(`(storage: sqlite ${join(root, 'one.db')})`);
    const account = { username: 'ann', email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(account);
    expect((await fetch(`${server.origin}/register`, { method: 'POST', headers, body })).status).toBe(201);
    expect((await fetch(`${server.origin}/health/ready`)).status).toBe(200);
    expect(await server.stop()).toBe(0);

    const copied = await run(['copy', '--from', url('one.db'), '--to', url('two.db')], {}, root);
    expect(copied).toMatchObject({ status: 0, stdout: expect.stringContaining('two.db now holds what sqlite ') });
    expect(copied.stdout).toContain('1 users');
    expect(await run(['copy', '--from', url('one.db'), '--to', url('one.db')], {}, root)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('name the same store'),
    });
    expect(await run(['copy', '--from', url('one.db'), '--to', 'module:./my-store.mjs'], {}, root)).toMatchObject({
      status: 1,
      stderr: 'tradepost: --to (mine 2 null): This store cannot be copied: its adapter does not support copying.\n',
    });
    expect(await run(['doctor'], { DATABASE_URL: url('two.db') }, root)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('database is up to date (0001-core)'),
    });
  });
});

it('the example of a transport works as a child process of another program', async () => {
  const example = resolve('examples/stdio-transport/main.js');
  expect(readFileSync(resolve('examples/stdio-transport/stdio.js'), 'utf8').split('\n').length).toBeLessThanOrEqual(60);
  const child = spawn(process.execPath, [example], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', chunk => {
    output += chunk;
  });
  const params = { email: 'bob@example.org', username: 'bob', name: 'Bob', password: 'correct horse battery' };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'users.register', params })}\n`);
  await expect.poll(() => output, { timeout: 50_000 }).toContain('\n');
  const { email, password } = params;
  const login = { jsonrpc: '2.0', id: 2, method: 'sessions.login', params: { email, password } };
  child.stdin.write(`${JSON.stringify(login)}\n`);
  await expect.poll(() => output.split('\n').length).toBe(3);
  const [registered, opened] = output.split('\n').map(line => (line === '' ? null : JSON.parse(line)));
  expect(registered).toMatchObject({ id: 1, result: { username: 'bob' } });
  const { token } = opened.result;
  child.stdin.write(
    `${JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'trades.watch', params: { token } })}\nnonsense\n`,
  );
  await expect.poll(() => output).toContain('malformed_request');
  await expect.poll(() => output).toContain('"id":3,"result":{"cursor":');
  const ended = once(child, 'exit');
  child.stdin.end();
  expect((await ended)[0]).toBe(0);
});
