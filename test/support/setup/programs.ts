import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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
