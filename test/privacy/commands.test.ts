import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Environment } from '../../src/main/config.js';
import { runCommand } from '../../src/main/run-command.js';
import { serveInProcess, start } from '../support/servers/processes.js';

const CANARY = 'can4ry';
const directory = mkdtempSync(join(tmpdir(), 'privacy-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A server that accepts connections and never answers. */
let silent: Server;
let silentHost: string;
beforeAll(async () => {
  silent = createServer(socket => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silentHost = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(() => void silent.close());

/** The same PostgreSQL server with another password, or another user. */
function withCredentials(username: string, password: string): string {
  const url = new URL(inject('postgresUrl'));
  Object.assign(url, { username, password });
  return url.href;
}

const file = (content: string): string => {
  const path = join(directory, `url-${Math.random()}`);
  writeFileSync(path, `${content}\n`);
  return path;
};

const urls = (): readonly (readonly [string, string])[] => [
  ['a server that is not there', `postgres://ann:${CANARY}@127.0.0.1:1/x`],
  ['a server that does not answer', `postgres://ann:${CANARY}@${silentHost}/x`],
  ['a password in the query', `postgres://127.0.0.1:1/x?user=ann&password=${CANARY}`],
  ['a user that the server refuses', withCredentials('nobody_of_the_tests', CANARY)],
  ['a host name that does not exist', `postgres://ann:${CANARY}@no.host.invalid/x`],
  ['a port that is none', `postgres://ann:${CANARY}@127.0.0.1:99999/x`],
  ['an unescaped @ and / in the password', `postgres://ann:p@${CANARY}/w@127.0.0.1:1/x`],
  ['an unescaped / in the password', `postgres://ann:12/${CANARY}@127.0.0.1:1/x`],
  ['an unescaped # in the password', `postgres://ann:12#${CANARY}@127.0.0.1:1/x`],
  ['an unescaped ? in the password', `postgres://ann:12?${CANARY}@127.0.0.1:1/x`],
  ['a % that escapes nothing', `postgres://ann:%${CANARY}@127.0.0.1:1/x`],
  ['a MongoDB that is not there', `mongodb://ann:${CANARY}@127.0.0.1:1/x`],
  ['an unescaped @ for MongoDB', `mongodb://ann:p@${CANARY}@127.0.0.1:1/x`],
  ['an unescaped / for MongoDB', `mongodb://ann:p/${CANARY}@127.0.0.1:1/x`],
  ['a % for MongoDB', `mongodb://ann:%${CANARY}@127.0.0.1:1/x`],
  ['a setting that MongoDB does not know', `mongodb://ann:${CANARY}@127.0.0.1:1/x?no=${CANARY}`],
  ['another database', `mysql://ann:${CANARY}@127.0.0.1/x`],
  ['no URL', `ann:${CANARY}@127.0.0.1`],
];

/** Runs the command in this process. */
async function runHere(args: readonly string[], environment: Environment): Promise<{ status: number; output: string }> {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  const status = await runCommand(args, { environment, print: keep, complain: keep, screen: { write: keep } });
  return { status, output: lines.join('\n') };
}

describe.each(['serve', 'doctor', 'migrate'])('tradepost %s', command => {
  it('reveals no password of a URL that it cannot use, from the environment or from a file', async () => {
    for (const [what, url] of urls()) {
      for (const variables of [{ DATABASE_URL: url }, { DATABASE_URL_FILE: file(url) }]) {
        const { status, output } = await runHere([command], { PORT: '0', ...variables });
        expect(output, what).not.toContain(CANARY);
        expect(output.length, what).toBeGreaterThan(10);
        expect(status, what).toBe(1);
      }
    }
  });
});

describe('tradepost copy', () => {
  it('reveals no password of a URL that it cannot use', async () => {
    const [other, nowhere] = [`file:${join(directory, 'none')}`, 'postgres://127.0.0.1:1/y'];
    for (const [what, url] of urls()) {
      const runs: (readonly [string[], Environment])[] = [
        [['--from', url, '--to', other], {}],
        [[`--to=${url}`], { COPY_FROM_URL: nowhere }],
        [['--to', other], { COPY_FROM_URL: url }],
        [[], { COPY_FROM_URL_FILE: file(url), COPY_TO_URL: nowhere }],
        [['--from', other, url], {}],
        [[url], {}],
      ];
      for (const [args, environment] of runs) {
        const { status, output } = await runHere(['copy', ...args], environment);
        expect(output, `${what} ${args}`).not.toContain(CANARY);
        expect(status, what).toBeGreaterThan(0);
      }
      expect((await runHere([url], {})).output, what).not.toContain(CANARY);
    }
  });

  it('shows no URL in the list of processes, and warns of a password on the command line', async () => {
    const url = `postgres://ann:${CANARY}@${silentHost}/x`;
    const child = start(['copy', '--from', url, '--to', 'file:never-created'], {}, directory);
    let errors = '';
    child.stderr?.on('data', chunk => {
      errors += chunk;
    });
    await expect.poll(() => errors, { timeout: 20_000, interval: 5 }).toContain('warning: --from has a password');
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    await once(child, 'exit');
    expect(shown).toContain('tradepost copy');
    expect(shown).not.toContain(CANARY);
    expect(errors).toContain('COPY_FROM_URL_FILE');
    expect(errors).not.toContain(CANARY);
  });

  it('does not warn if the URL has no password or is not on the command line', async () => {
    const args = ['copy', '--from', 'postgres://ann@127.0.0.1:1/x'];
    const { output } = await runHere(args, { COPY_TO_URL: `postgres://ann:${CANARY}@127.0.0.1:1/y` });
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toContain('warning');
  });

  it('takes URLs from the environment and from files, and each from one of these only', async () => {
    const path = file('postgres://ann@127.0.0.1:1/x');
    const one = await runHere(['copy'], { COPY_FROM_URL_FILE: path, COPY_TO_URL: 'postgres://ann@127.0.0.1:1/y' });
    expect(one.output).toMatch(/^tradepost: --from \(postgres 127\.0\.0\.1:1\/x\): .*ECONNREFUSED/);
    const both = await runHere(['copy'], { COPY_FROM_URL: 'file:x', COPY_FROM_URL_FILE: path });
    expect(both.output).toBe('tradepost: COPY_FROM_URL_FILE: must not be set together with COPY_FROM_URL');
    const none = await runHere(['copy'], { COPY_FROM_URL_FILE: join(directory, 'no-file') });
    expect(none.output).toMatch(
      /^tradepost: COPY_FROM_URL_FILE: .*no-file cannot be read \(ENOENT\)\. Correct the path, or let this user read the file\.$/,
    );
    expect((await runHere(['copy'], {})).output).toContain('--from is missing');
  });
});

describe('a crash', () => {
  const CRASH = `
    process.on('SIGUSR2', () => {
      const error = Object.assign(new Error('row refused: "${CANARY}"'), {
        code: '23514', constraint: 'users_check', detail: '${CANARY}', client: { password: '${CANARY}' },
      });
      error.cause = new Error('postgres://ann:${CANARY}@db/x');`;

  it.each([
    ['an exception', `${CRASH} throw error; });`],
    ['a rejection', `${CRASH} Promise.reject(error); });`],
  ])('by %s ends the server with status 1, and reveals no value', async (_what, code) => {
    const path = join(directory, 'crash.mjs');
    writeFileSync(path, code);
    const server = await serveInProcess({ DATABASE_URL: 'memory:', NODE_OPTIONS: `--import=${pathToFileURL(path)}` });
    const closed = once(server.child, 'close');
    server.child.kill('SIGUSR2');
    await closed;
    expect(server.child.exitCode).toBe(1);
    expect(server.output()).toMatch(/tradepost: unhandled error: .*row refused/);
    expect(server.output()).toContain("constraint: 'users_check'");
    expect(server.output()).not.toContain(CANARY);
  });
});
