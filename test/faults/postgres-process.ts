import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../support/servers/free-port.js';
import { embeddedBinaries } from '../support/setup/embedded-binaries.js';
import { connectOnce } from '../support/setup/postgres.js';
import { unprivilegedUser } from '../support/setup/unprivileged-user.js';

/** A PostgreSQL server of the tests of faults: it can be killed, frozen and started again. Linux only. */
export class PostgresProcess {
  private server: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly bin: string,
    private readonly port: number,
  ) {}

  static async create(): Promise<PostgresProcess> {
    const user = unprivilegedUser();
    const folder = await mkdtemp(join(tmpdir(), 'tradepost-faults-'));
    if (user) await chown(folder, user.uid, user.gid);
    const { bin } = embeddedBinaries(folder, user);
    const data = join(folder, 'data');
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
    const initialize = [`--pgdata=${data}`, '--username=postgres', '--encoding=UTF8', '--locale=C', '--auth=trust'];
    await promisify(execFile)(join(bin, 'initdb'), [...initialize, '--no-sync'], options);
    await writeFile(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');
    const created = new PostgresProcess(folder, bin, await freePort());
    await created.start();
    return created;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts the server, and waits until it responds. */
  async start(): Promise<void> {
    // The machine goes on, so nothing has to reach the disk. Commits wait for the operating system to have them.
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'synchronous_commit=on'];
    const args = ['-D', join(this.folder, 'data'), '-p', `${this.port}`, ...settings.flatMap(each => ['-c', each])];
    const user = unprivilegedUser();
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    this.server = spawn(join(this.bin, 'postgres'), args, { ...user, cwd: this.folder, env, stdio: 'ignore' });
    for (let tries = 0; ; tries += 1) {
      try {
        return await connectOnce(this.url);
      } catch (error) {
        if (tries === 600) throw error;
        await sleep(50);
      }
    }
  }

  /** Kills every process of the server with SIGKILL. */
  async kill(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const ended = once(server, 'exit');
    for (const pid of processesOf(server)) process.kill(pid, 'SIGKILL');
    await ended;
  }

  /** Stops every process of the server where it is, with SIGSTOP, or lets all continue. */
  freeze(frozen: boolean): void {
    if (this.server) for (const pid of processesOf(this.server)) process.kill(pid, frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** The server, first, and the processes it started, as far as they exist. */
function processesOf({ pid }: ChildProcess): number[] {
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)].filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
