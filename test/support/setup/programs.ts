import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';

/** Debian has both in a folder that is on the PATH of root alone. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Returns the path of nginx, or why the tests behind it cannot run. */
export function findNginx(): { readonly path: string } | { readonly missing: string } {
  const [nginx, openssl] = [find('nginx'), find('openssl')];
  if (nginx && openssl) return { path: nginx };
  return {
    missing: `there is no ${[nginx ? '' : 'nginx', openssl ? '' : 'openssl'].filter(Boolean).join(' and no ')}`,
  };
}

/** Returns the path of PgBouncer, or why the tests through it cannot run. */
export function findPgBouncer(): { readonly path: string } | { readonly missing: string } {
  const path = find('pgbouncer');
  return path ? { path } : { missing: 'there is no pgbouncer' };
}

/** Returns the path of `pg_dump`, or why it cannot dump this server, which must not be newer. */
export async function findPgDump(url: string): Promise<{ readonly path: string } | { readonly missing: string }> {
  const path = find('pg_dump');
  if (!path || !find('pg_restore')) return { missing: 'there is no pg_dump with a pg_restore' };
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  await client.end();
  const server = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  const version = /\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0];
  return Number(version) >= server ? { path } : { missing: `pg_dump ${version} is older than PostgreSQL ${server}` };
}

/** Returns the path of Redis or Valkey, or why the tests of signals over it cannot run. */
export function findRedis(): { readonly path: string } | { readonly missing: string } {
  const path = find('redis-server') ?? find('valkey-server');
  return path ? { path } : { missing: 'there is no redis-server and no valkey-server' };
}

const find = (program: string): string | undefined =>
  FOLDERS.map(folder => join(folder, program)).find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
