import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unprivilegedUser } from '../setup/unprivileged-user.js';
import { freePort } from './free-port.js';
import { untilOpen } from './nginx.js';

export interface PgBouncer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer in front of the server and the database of `url`. `settings` are lines of its section `[pgbouncer]`. */
export async function startPgBouncer(
  program: string,
  url: string,
  settings: readonly string[] = ['pool_mode = transaction', 'default_pool_size = 20'],
): Promise<PgBouncer> {
  const user = unprivilegedUser();
  const { hostname, port, pathname, username, password } = new URL(url);
  const database = pathname.slice(1);
  const folder = mkdtempSync(join(tmpdir(), 'tradepost-pgbouncer-'));
  const listening = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const target = [
    `host=${hostname}`,
    `port=${port || 5432}`,
    `dbname=${database}`,
    `user=${decodeURIComponent(username)}`,
  ];
  if (password) target.push(`password=${decodeURIComponent(password)}`);
  writeFileSync(
    file,
    [
      '[databases]',
      `${database} = ${target.join(' ')}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${listening}`,
      'unix_socket_dir =',
      // Whoever connects is the user of the database above.
      'auth_type = any',
      'max_client_conn = 500',
      ...settings,
      '',
    ].join('\n'),
  );
  if (user) for (const each of [folder, file]) chownSync(each, user.uid, user.gid);
  const child = spawn(program, [file], { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
    });
  }
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (!hasEnded()) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilOpen(listening, hasEnded);
  } catch (error) {
    await stop();
    throw new Error(`PgBouncer does not listen: ${output}`, { cause: error });
  }
  const name = username || 'postgres';
  return { url: `postgres://${name}@127.0.0.1:${listening}/${database}`, stop };
}
