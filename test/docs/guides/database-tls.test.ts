import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import { readConfig } from '../../../src/main/config.js';
import { openTradepost, somebody, trade } from '../../support/library-users.js';
import { codeOf } from '../../support/pages/code-blocks.js';
import { createProject } from '../../support/project.js';
import { run, serveInProcess } from '../../support/servers/processes.js';
import { startEmbeddedPostgres } from '../../support/setup/embedded-postgres.js';
import type { TestServer } from '../../support/setup/test-server.js';
import { unprivilegedUser } from '../../support/setup/unprivileged-user.js';

const GUIDE = 'docs/guides/database-tls.md';

/** The value of the one variable of a block. */
function urlOf(name: string): string {
  const [, value = ''] = /^DATABASE_URL='([^']+)'\n$/.exec(codeOf(GUIDE, name)) ?? [];
  return value;
}

/** Makes a certificate that vouches for itself, for a server with this host name. */
function certify(folder: string, host: string): void {
  const paths = ['-keyout', join(folder, 'server.key'), '-out', join(folder, 'server.pem')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  const what = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...what, ...subject, ...paths], { stdio: 'pipe' });
  chmodSync(join(folder, 'server.key'), 0o600);
  const user = unprivilegedUser();
  if (user) for (const file of ['server.key', 'server.pem']) chownSync(join(folder, file), user.uid, user.gid);
}

// Needs openssl, as nginx does. Where it is missing, the last lines of the run report it.
describe.skipIf(inject('nginx') === null)('docs/guides/database-tls.md, with a PostgreSQL that requires TLS', () => {
  let folder: string;
  let server: TestServer;
  let admin: pg.Client;
  /** The URL of the guide with the port of this server and its authority. */
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tradepost-tls-'));
    chmodSync(folder, 0o755);
    certify(folder, 'localhost');
    // The rule of the guide without passwords, and an administrator that needs no TLS.
    const rule = codeOf(GUIDE, 'pg_hba').replace('scram-sha-256', 'trust');
    expect(rule).toMatch(/^hostssl +tradepost +tradepost +\S+ +trust\n$/);
    writeFileSync(join(folder, 'pg_hba.conf'), `${rule}host all postgres 127.0.0.1/32 trust\n`, { mode: 0o644 });
    server = await startEmbeddedPostgres([
      'ssl=on',
      `ssl_cert_file=${folder}/server.pem`,
      `ssl_key_file=${folder}/server.key`,
      `hba_file=${folder}/pg_hba.conf`,
    ]);
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query('CREATE ROLE tradepost LOGIN');
    await admin.query('CREATE DATABASE tradepost OWNER tradepost');
    const { port } = new URL(server.url);
    expect(urlOf('postgres')).toContain('localhost:5432');
    url = urlOf('postgres').replace(':5432', `:${port}`).replace('/etc/tradepost/ca.pem', join(folder, 'ca.pem'));
    writeFileSync(join(folder, 'ca.pem'), readFileSync(join(folder, 'server.pem')));
  });
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('connects, listens and serves over TLS alone', async () => {
    expect(await run(['doctor'], { DATABASE_URL: url })).toMatchObject({ status: 0 });
    const serving = await serveInProcess({ DATABASE_URL: url });
    onTestFinished(async () => void (await serving.stop()));
    expect((await fetch(`${serving.origin}/health/ready`)).status).toBe(200);

    const { tradepost } = await openTradepost(postgres({ url }));
    onTestFinished(() => tradepost.close());
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const seen: string[] = [];
    onTestFinished(await tradepost.watchTrades({ token: bob.token }, ({ id }) => void seen.push(id)));
    const id = await trade(tradepost, ann, bob);
    await expect.poll(() => seen).toEqual([id]);
    const { rows } = await admin.query<{ ssl: boolean; query: string }>(
      "SELECT ssl, query FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'tradepost'",
    );
    expect(rows.length).toBeGreaterThanOrEqual(3);
    expect(rows.every(({ ssl }) => ssl)).toBe(true);
    expect(rows.some(({ query }) => query.startsWith('LISTEN'))).toBe(true);
  });

  it('refuses a server whose authority is not known, and a connection without TLS', async () => {
    const unknown = url.replace(/&sslrootcert=.*/, '');
    const refused = await run(['doctor'], { DATABASE_URL: unknown });
    expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining('self-signed certificate') });
    for (const plain of [url.replace(/\?.*/, ''), url.replace(/\?.*/, '?sslmode=disable')]) {
      const { status, stdout } = await run(['doctor'], { DATABASE_URL: plain });
      expect([status, stdout]).toEqual([1, expect.stringContaining('no encryption')]);
    }
  });

  it('serves a program with a pool of its own, which checks the certificate too', async () => {
    const project = createProject({ packages: ['@types/pg', 'pg'], packed: false });
    onTestFinished(() => project.remove());
    const use = `console.log((await pool.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows[0].ssl);
      await tradepost.close();
      await pool.end();`;
    project.write({ 'pool.ts': `${codeOf(GUIDE, 'pool.ts')}${use}` });
    expect(await project.compile(['pool.ts'])).toBe('');
    const { port } = new URL(server.url);
    const settings = { DATABASE_HOST: 'localhost', DATABASE_PORT: port, DATABASE_CA: join(folder, 'ca.pem') };
    const program = project.start(['pool.js'], settings);
    expect([await program.ended, program.output()]).toEqual([0, 'true\n']);
  });

  it('refuses a server whose certificate has another name', async () => {
    certify(folder, 'other.example.org');
    writeFileSync(join(folder, 'ca.pem'), readFileSync(join(folder, 'server.pem')));
    await admin.query('SELECT pg_reload_conf()');
    const doctor = () => run(['doctor'], { DATABASE_URL: url });
    await expect
      .poll(async () => (await doctor()).stdout, { timeout: 20_000 })
      .toContain("does not match certificate's altnames");
    expect((await doctor()).status).toBe(1);
  });
});

it('docs/guides/database-tls.md has a URL for MongoDB that the driver reads as the guide says', async () => {
  expect(readConfig({ DATABASE_URL: urlOf('mongo') })).toMatchObject({ store: { kind: 'mongo' } });
  const { options } = new MongoClient(urlOf('mongo'));
  expect(options).toMatchObject({ tls: true, tlsCAFile: '/etc/tradepost/ca.pem', replicaSet: 'rs0' });
  expect(options.rejectUnauthorized).not.toBe(false);
  expect(new MongoClient('mongodb+srv://db.example.org/tradepost').options.tls).toBe(true);
});
