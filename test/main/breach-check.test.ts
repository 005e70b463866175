import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { TradepostOptions } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { serveInProcess } from '../support/servers/processes.js';

const person = (username: string, password: string) => ({
  username,
  email: `${username}@example.org`,
  name: 'Somebody',
  password,
});
const BREACHED = 'eleven kites over the harbour';
const SHA1 = createHash('sha1').update(BREACHED).digest('hex');

async function serveRanges(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/range/`;
}

const serveBreached = (): Promise<string> =>
  serveRanges((request, response) => {
    response.end(request.url === `/range/${SHA1.slice(0, 5).toUpperCase()}` ? `${SHA1.slice(5)}:42` : '');
  });

async function open(breachedPasswords: TradepostOptions['breachedPasswords']) {
  const tradepost = await createTradepost({
    storage: memory(),
    hashing: cheapHashing,
    ...(breachedPasswords !== undefined && { breachedPasswords }),
  });
  onTestFinished(() => tradepost.close());
  return tradepost;
}

describe('createTradepost({ breachedPasswords })', () => {
  it('refuses passwords that the service at its URL knows, and accepts others', async () => {
    const tradepost = await open({ url: await serveBreached() });
    await expect(tradepost.registerUser(person('ann', BREACHED))).rejects.toMatchObject({
      code: 'weak_password',
      message: expect.stringContaining('known from a data breach'),
    });
    await tradepost.registerUser(person('ann', `${BREACHED} at noon`));
  });

  it('takes an adapter of the application', async () => {
    const tradepost = await open({ has: async password => password === BREACHED });
    await expect(tradepost.registerUser(person('ann', BREACHED))).rejects.toMatchObject({ code: 'weak_password' });
  });

  it.each([undefined, null])('checks nothing if it is %s', async option => {
    await (await open(option)).registerUser(person('ann', BREACHED));
  });

  it('refuses a URL that others on the network can read', async () => {
    await expect(open({ url: 'http://passwords.example.org/range/' })).rejects.toThrow('must be an https URL');
  });
});

describe('PASSWORD_BREACH_CHECK', () => {
  const register = async (origin: string, username: string) => {
    const response = await fetch(`${origin}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(person(username, BREACHED)),
    });
    return { status: response.status, body: (await response.json()) as { code?: string } };
  };

  it('makes the server refuse breached passwords', async () => {
    const server = await serveInProcess({ DATABASE_URL: 'memory:', PASSWORD_BREACH_CHECK: await serveBreached() });
    onTestFinished(() => server.stop().then(() => undefined));
    expect(await register(server.origin, 'ann')).toMatchObject({ status: 422, body: { code: 'weak_password' } });
    expect(server.output()).not.toContain('breach');
  });

  it('lets passwords pass while the service fails, with one warning that has nothing of them', async () => {
    const url = await serveRanges((_, response) => void response.writeHead(500).end());
    const server = await serveInProcess({ DATABASE_URL: 'memory:', PASSWORD_BREACH_CHECK: url, LOG_FORMAT: 'json' });
    onTestFinished(() => server.stop().then(() => undefined));
    for (const username of ['ann', 'bob', 'eve']) expect((await register(server.origin, username)).status).toBe(201);
    await server.stop();
    const warnings = server
      .output()
      .split('\n')
      .filter(line => line.includes('breaches'));
    expect(warnings.map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({ reason: 'the answer has status 500', msg: expect.stringContaining('not checked') }),
    ]);
    expect(server.output()).not.toContain(BREACHED);
    expect(server.output().toLowerCase()).not.toContain(SHA1.slice(0, 5));
  });
});
