import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { memory } from '../../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../../src/adapters/driving/http/index.js';
import { readConfig } from '../../../src/main/config.js';
import { cookieOf } from '../../support/http/http-users.js';
import { send } from '../../support/http/requests.js';
import { openTradepost, PASSWORD, somebody } from '../../support/library-users.js';
import { codeOf } from '../../support/pages/code-blocks.js';
import { run, serveInProcess } from '../../support/servers/processes.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

const GUIDE = 'docs/guides/upgrade.md';

/** The command of a block, for `run`. */
function commandOf(name: string): string[] {
  const [, command = ''] = /^npx tradepost (\w+)\n$/.exec(codeOf(GUIDE, name)) ?? [];
  expect(command).not.toBe('');
  return [command];
}

it('docs/guides/upgrade.md: the new version waits for the migration, the old one goes on serving', async () => {
  const { url, drop } = await freshDatabase(inject('postgresUrl'), `upgrade_${randomBytes(6).toString('hex')}`);
  onTestFinished(drop);
  const DATABASE_URL = url;
  const [check, migrate] = [commandOf('check'), commandOf('migrate')];
  expect(await run(migrate, { DATABASE_URL })).toMatchObject({ status: 0 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());

  // As an older version left it: without the newest migration.
  await client.query("DELETE FROM tradepost.migrations WHERE name = '0003-attempts'; DROP TABLE tradepost.attempts");
  expect(await run(check, { DATABASE_URL })).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('The database lacks the migrations'),
  });
  await expect(serveInProcess({ DATABASE_URL })).rejects.toThrow('tradepost migrate');
  const migrated = await Promise.all([run(migrate, { DATABASE_URL }), run(migrate, { DATABASE_URL })]);
  expect(migrated.map(({ status }) => status)).toEqual([0, 0]);
  expect(migrated.filter(({ stdout }) => stdout.includes('applied 0003-attempts'))).toHaveLength(1);
  expect(await run(check, { DATABASE_URL })).toMatchObject({ status: 0 });

  // As a newer version leaves it.
  const old = await serveInProcess({ DATABASE_URL });
  onTestFinished(async () => void (await old.stop()));
  await client.query("INSERT INTO tradepost.migrations VALUES ('9999-later', now())");
  expect((await fetch(`${old.origin}/health/ready`)).status).toBe(200);
  await expect(serveInProcess({ DATABASE_URL })).rejects.toThrow('9999-later');
  expect(await run(migrate, { DATABASE_URL })).toMatchObject({ status: 1 });
  expect(await old.stop()).toBe(0);
});

it('docs/guides/upgrade.md: a new secret in front of the old one ends no session', async () => {
  const [, value = ''] = /^SESSION_SECRETS=(.*)\n$/.exec(codeOf(GUIDE, 'secrets')) ?? [];
  const both = readConfig({ SESSION_SECRETS: value }).sessionSecrets ?? [];
  expect(both).toHaveLength(2);
  const { tradepost } = await openTradepost(memory());
  onTestFinished(() => tradepost.close());
  const { username } = await somebody(tradepost);
  const statusWith = async (secrets: readonly string[], cookie?: string) => {
    const server = createServer(httpHandler(tradepost, { secrets }));
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = { username, password: PASSWORD };
    const answer = cookie
      ? await send(origin, '/me', { headers: { cookie } })
      : await send(origin, '/login', { method: 'POST', body });
    server.closeAllConnections();
    server.close();
    return answer;
  };
  const [fresh = '', old = ''] = both;
  const cookie = cookieOf(await statusWith([old]));
  expect((await statusWith(both, cookie)).status).toBe(200);
  expect((await statusWith([fresh], cookie)).status).toBe(401);
  expect((await statusWith([fresh], cookieOf(await statusWith(both)))).status).toBe(200);
});
