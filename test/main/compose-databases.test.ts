import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/main/config.js';
import { run, serveInProcess } from '../support/servers/processes.js';

const psql = spawnSync('psql', ['--version'], { encoding: 'utf8' });
// `\\getenv` came with psql 15.
const hasPsql = Number(/ (\d+)/.exec(psql.stdout ?? '')?.[1] ?? 0) >= 15;
if (!hasPsql) console.error('NOT RUN: compose/postgres-init.sql: there is no psql 15 or later.');

async function query(url: string, text: string): Promise<pg.QueryResult['rows']> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('compose/postgres-init.sql', () => {
  it.runIf(hasPsql)('creates a role that owns its database, is no superuser, and suffices for the server', async () => {
    // Names of its own, because the server of the tests may have others of that name.
    const name = `tradepost_${randomBytes(6).toString('hex')}`;
    const script = readFileSync('compose/postgres-init.sql', 'utf8').replaceAll('tradepost', name);
    const superuser = inject('postgresUrl');
    const password = `p'${randomBytes(12).toString('hex')}`;
    const env = { ...process.env, DATABASE_PASSWORD: password };
    onTestFinished(async () => {
      await query(superuser, `DROP DATABASE IF EXISTS ${name}`);
      await query(superuser, `DROP ROLE IF EXISTS ${name}`);
    });
    execFileSync('psql', ['--no-psqlrc', '--quiet', superuser], {
      env,
      input: script,
      stdio: ['pipe', 'inherit', 'inherit'],
    });

    const url = new URL(superuser);
    [url.username, url.password, url.pathname] = [name, encodeURIComponent(password), name];
    const [role] = await query(url.href, 'SELECT * FROM pg_roles WHERE rolname = current_user');
    expect(role).toMatchObject({
      ...{ rolname: name, rolsuper: false, rolcreatedb: false, rolcreaterole: false },
      ...{ rolreplication: false, rolbypassrls: false, rolcanlogin: true },
    });
    await expect(query(url.href, "COPY (SELECT 1) TO PROGRAM 'cat'")).rejects.toMatchObject({ code: '42501' });
    await expect(query(url.href, `CREATE DATABASE ${name}_more`)).rejects.toMatchObject({ code: '42501' });

    const variables = { DATABASE_URL: url.href };
    expect(await run(['migrate'], variables)).toMatchObject({ status: 0 });
    const server = await serveInProcess(variables);
    onTestFinished(() => void server.stop('SIGKILL'));
    const body = JSON.stringify({ email: 'ann@example.org', username: 'ann', name: 'Ann', password: 'correct horse' });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${server.origin}/register`, { method: 'POST', headers, body });
    expect(status).toBe(201);
    expect(await server.stop()).toBe(0);
    expect(await run(['doctor'], variables)).toMatchObject({ status: 0 });

    // Another role of the server cannot connect to the database, so it cannot publish signals in it either.
    const other = `${name}_other`;
    await query(superuser, `CREATE ROLE ${other} LOGIN PASSWORD 'other'`);
    onTestFinished(() => query(superuser, `DROP ROLE ${other}`).then(() => undefined));
    const foreign = new URL(url);
    [foreign.username, foreign.password] = [other, 'other'];
    await expect(query(foreign.href, 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('.env.example', () => {
  it('has a command that makes random values that the server accepts, for their owner only', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tradepost-env-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const example = readFileSync('.env.example', 'utf8');
    const [, command = ''] = /^# +(\(umask .*)$/m.exec(example) ?? [];
    execFileSync('bash', ['-ec', command], { cwd: directory });
    const made = join(directory, '.env');
    expect(statSync(made).mode & 0o777).toBe(0o600);
    const values = Object.fromEntries(
      [...readFileSync(made, 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(Object.keys(values)).toEqual([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name));
    expect(new Set(Object.values(values)).size).toBe(3);
    expect(Object.values(values).every(value => /^[0-9a-f]{64}$/.test(String(value)))).toBe(true);
    expect(readConfig({ SESSION_SECRETS: values.SESSION_SECRETS }).sessionSecrets).toHaveLength(1);
  });
});
