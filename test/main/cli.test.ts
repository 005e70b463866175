import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Outcome, ServingProcess } from '../support/servers/processes.js';
import { run as runProcess, serveInProcess } from '../support/servers/processes.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = (args: readonly string[], variables: Record<string, string> = {}): Promise<Outcome> =>
  runProcess(args, variables, root);

describe('the command line', () => {
  it('shows its usage on request, and reports a wrong one in one line with status 2', async () => {
    expect(await run(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('serve') });
    expect(await run([])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^tradepost: name a command: .+\n$/),
    });
    expect(await run(['toString'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^tradepost: there is no command "toString": .+\n$/),
    });
    for (const command of ['serve', 'migrate', 'doctor', 'copy']) {
      expect(await run([command, '--help'])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`tradepost ${command}`),
      });
      expect(await run([command, '--nonsense'])).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/^tradepost: .+ unexpected "--nonsense" .+\n$/),
      });
    }
  });

  it('reads variables from a file; those of the environment take precedence', async () => {
    const file = join(root, 'settings.env');
    writeFileSync(file, 'DATABASE_URL=postgres://file/cards\nLOG_LEVEL="silent"\n');
    const options = ['doctor', '--env-file', file];
    expect((await run(options)).stdout).toContain('postgres file/cards');
    expect((await run(options, { DATABASE_URL: 'memory:' })).stdout).toContain('storage: memory');
    writeFileSync(file, 'LOG_LEVEL=loud\n');
    expect(await run(options, { DATABASE_URL: 'memory:' })).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('LOG_LEVEL: must be one of'),
    });
  });

  it('reports a file of variables that cannot be read in one line', async () => {
    // Some versions of Node take `--env-file` for an option of their own, wherever it stands, and refuse to start.
    const refused = await run(['serve', '--env-file', 'missing.env']);
    expect(refused).toMatchObject({ status: expect.any(Number), stdout: '' });
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(
      /^(?:tradepost: --env-file|.*node): missing\.env.*(?:cannot be read|not found).*\n$/,
    );
    expect(await run(['serve', '--env-file'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^tradepost: serve: --env-file needs a value .+\n$/),
    });
  });

  it('takes a port, in place of PORT', async () => {
    const { status, stderr } = await run(['serve', '--port', 'x'], { PORT: '0', DATABASE_URL: 'memory:' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tradepost: PORT: must .+\n$/);
  });

  it('refuses to start with a wrong configuration: one line for each problem, status 1', async () => {
    const { status, stderr } = await run(['serve'], { PORT: 'x', NODE_ENV: 'production', SESSION_LIFETIME: '-1' });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^tradepost: PORT: must /),
      expect.stringMatching(/^tradepost: SESSION_LIFETIME: must /),
    ]);
    const unsigned = await run(['serve'], { NODE_ENV: 'production' });
    expect(unsigned).toMatchObject({ status: 1, stderr: expect.stringContaining('SESSION_SECRETS: is required') });
  });

  it('doctor says what is wrong and what to do, and shows no password', async () => {
    const well = await run(['doctor'], { DATABASE_URL: 'memory:' });
    expect(well).toMatchObject({ status: 0, stdout: expect.stringContaining('ok       storage: memory') });
    const DATABASE_URL = 'postgres://ann:hunter2@127.0.0.1:1/none';
    const ill = await run(['doctor'], { DATABASE_URL });
    expect(ill).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/problem {2}storage: postgres 127.0.0.1:1\/none: .*ECONNREFUSED/),
    });
    for (const command of ['doctor', 'serve', 'migrate']) {
      const { status, stdout, stderr } = await run([command], { DATABASE_URL });
      expect(status).toBe(1);
      expect(stdout + stderr).toContain('ECONNREFUSED');
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('reports in one line that tradepost copy is called wrongly, with status 2 and without passwords', async () => {
    const { status, stdout, stderr } = await run(['copy', '--from=memory:', '--to=postgres://ann:hunter2@db/x']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^tradepost: copy: --from is memory:.* \(tradepost copy --help describes it\)\n$/);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('tradepost serve', () => {
  let server: ServingProcess | undefined;
  afterEach(() => server?.child.kill('SIGKILL'));

  async function serve(variables: Record<string, string>): Promise<ServingProcess> {
    server = await serveInProcess(variables, root);
    return server;
  }

  it('says where it listens, serves, and ends with status 0 on SIGTERM and on SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { line, origin, stop } = await serve({ DATABASE_URL: 'memory:' });
      expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+ \(storage: memory\)$/);
      expect((await fetch(`${origin}/health/live`)).status).toBe(200);
      expect(await (await fetch(`${origin}/health/ready`)).json()).toMatchObject({ status: 'ok' });
      expect(await stop(signal)).toBe(0);
    }
  });

  it('makes a secret once, readable by its owner only, and locks the data folder', async () => {
    const DATABASE_URL = `file:${join(root, 'data')}`;
    const { stop } = await serve({ DATABASE_URL });
    expect(statSync(join(root, 'data', 'session-secret')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'data')).mode & 0o777).toBe(0o700);
    const second = await run(['serve'], { DATABASE_URL, PORT: '0' });
    expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('is in use by process') });
    expect(await stop('SIGTERM')).toBe(0);
  });

  it('finishes running requests before it exits', async () => {
    const { origin, child, stop } = await serve({ DATABASE_URL: 'memory:' });
    const account = { username: 'ann', email: 'ann@example.org', name: 'Ann', password: 'correct horse' };
    const registering = Array.from({ length: 6 }, (_, index) =>
      fetch(`${origin}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...account, username: `ann${index}`, email: `ann${index}@example.org` }),
      }).then(response => response.status),
    );
    // After the first answer the server has received all of them; most still wait for their hash.
    await Promise.race(registering);
    const stopped = stop('SIGTERM');
    expect(await Promise.all(registering)).toEqual(Array(6).fill(201));
    expect(await stopped).toBe(0);
    expect(child.exitCode).toBe(0);
  });

  it('reports that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const PORT = String((other.address() as AddressInfo).port);
    expect(await run(['serve'], { DATABASE_URL: 'memory:', PORT })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^tradepost: .*EADDRINUSE.*$/m),
    });
    other.close();
  });
});
