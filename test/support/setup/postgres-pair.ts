import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { appendFile, chown, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../servers/free-port.js';
import { embeddedBinaries } from './embedded-binaries.js';
import { connectOnce } from './postgres.js';
import { unprivilegedUser } from './unprivileged-user.js';

const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

interface Member {
  readonly data: string;
  readonly port: number;
  readonly url: string;
}

/**
 * A primary and a standby that streams from it, with files on disk and commits that wait until the standby has applied
 * them. For failover: `crash` the primary, `promote` the standby, `rejoin` the crashed one as the standby of the other.
 */
export class PostgresPair {
  private readonly running = new Map<Member, ChildProcess>();
  private readonly removeAtExit = (): void => {
    for (const server of this.running.values()) server.kill('SIGQUIT');
    rmSync(this.folder, removal);
  };

  private constructor(
    private readonly folder: string,
    private readonly bin: string,
    private readonly user: ReturnType<typeof unprivilegedUser>,
    public primary: Member,
    public standby: Member,
  ) {
    process.once('exit', this.removeAtExit);
  }

  static async start(): Promise<PostgresPair> {
    const user = unprivilegedUser();
    const folder = await mkdtemp(join(tmpdir(), 'test-postgres-pair-'));
    if (user !== undefined) await chown(folder, user.uid, user.gid);
    const { bin } = embeddedBinaries(folder, user);
    const [first, second] = [await freePort(), await freePort()];
    const member = (port: number, name: string): Member => ({
      data: join(folder, name),
      port,
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    });
    const pair = new PostgresPair(folder, bin, user, member(first, 'one'), member(second, 'two'));
    const initdb = [`--pgdata=${pair.primary.data}`, '--username=postgres', '--auth=trust', '--no-sync', '--locale=C'];
    await promisify(execFile)(join(bin, 'initdb'), initdb, pair.options());
    await appendFile(join(pair.primary.data, 'pg_hba.conf'), 'host replication all 127.0.0.1/32 trust\n');
    await pair.rejoin();
    await pair.run(pair.primary);
    await pair.run(pair.standby);
    await pair.untilReplicating();
    return pair;
  }

  /** The URL that names both servers. */
  get url(): string {
    const hosts = [this.primary.port, this.standby.port].sort().map(port => `127.0.0.1:${port}`);
    return `postgres://postgres@${hosts.join(',')}/postgres?target_session_attrs=read-write`;
  }

  /** Kills the primary: open connections break, nothing more is written. */
  async crash(): Promise<void> {
    const server = this.running.get(this.primary);
    const ended = server && once(server, 'exit');
    server?.kill('SIGQUIT');
    await ended;
  }

  /** Makes the standby the primary. No commit waits until `rejoin`, because it knows of no other server. */
  async promote(): Promise<void> {
    const [old, next] = [this.primary, this.standby];
    await sql(next.url, 'SELECT pg_promote()');
    [this.primary, this.standby] = [next, old];
  }

  /** Copies the files of the primary, which is stopped for it, to the other server, and makes that its standby. */
  async rejoin(): Promise<void> {
    const { primary, standby } = this;
    const server = this.running.get(primary);
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
    }
    await rm(standby.data, removal);
    await cp(primary.data, standby.data, { recursive: true, preserveTimestamps: true });
    await writeFile(join(standby.data, 'standby.signal'), '');
    await writeFile(
      join(standby.data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres application_name=other'\n`,
    );
    await writeFile(join(primary.data, 'postgresql.auto.conf'), "synchronous_standby_names = 'other'\n");
    if (this.user) {
      await promisify(execFile)('chown', ['-R', `${this.user.uid}:${this.user.gid}`, standby.data, primary.data]);
    }
    await promisify(execFile)('chmod', ['700', standby.data]);
    if (!server) return;
    await this.run(primary);
    await this.run(standby);
    await this.untilReplicating();
  }

  async stop(): Promise<void> {
    for (const server of this.running.values()) {
      if (server.exitCode !== null || server.signalCode !== null) continue;
      const ended = once(server, 'exit');
      server.kill('SIGQUIT');
      await ended;
    }
    process.off('exit', this.removeAtExit);
    await rm(this.folder, removal);
  }

  private options() {
    return { ...this.user, cwd: this.folder, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
  }

  private async run(member: Member): Promise<void> {
    const settings = [
      `port=${member.port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'synchronous_commit=remote_apply',
      'max_connections=100',
      'timezone=UTC',
    ];
    const args = ['-D', member.data, ...settings.flatMap(each => ['-c', each])];
    const server = spawn(join(this.bin, 'postgres'), args, { ...this.options(), stdio: 'ignore' });
    this.running.set(member, server);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await connectOnce(member.url);
      } catch (error) {
        if (attempt === 300 || server.exitCode !== null) throw error;
        await sleep(50);
      }
    }
  }

  private async untilReplicating(): Promise<void> {
    const text = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
    for (let attempt = 1; (await sql(this.primary.url, text)) === 0; attempt += 1) {
      if (attempt === 300) throw new Error('the standby does not stream from the primary');
      await sleep(50);
    }
  }
}

/** Returns the number of rows. */
async function sql(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows.length;
  } finally {
    await client.end();
  }
}
