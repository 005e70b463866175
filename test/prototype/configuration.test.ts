import { expect, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { createTradepost } from '../../src/index.js';
import { readConfig } from '../../src/main/config.js';
import { stranger } from '../support/http/http-users.js';
import { expectProblem, send } from '../support/http/requests.js';
import { serve } from '../support/servers/http-server.js';

const GOOD = 'Zm9ydHkgYnl0ZXMgb2YgcmFuZG9tbmVzcywgaG9uZXN0bHk';
const BAD = [
  '\0'.repeat(32),
  '0'.repeat(64),
  'abcabcabcabcabcabcabcabcabcabcabcabc',
  'thirty-one bytes, one too few..',
  'x',
];

test('cookies were signed with 32 zero bytes: the configuration refuses such secrets, and short ones', () => {
  expect(readConfig({ SESSION_SECRETS: GOOD }).sessionSecrets).toEqual([GOOD]);
  for (const secret of BAD) {
    for (const secrets of [secret, `${GOOD},${secret}`]) {
      expect(() => readConfig({ SESSION_SECRETS: secrets }), secrets).toThrow(/^SESSION_SECRETS: must be/);
    }
  }
});

test('in production there is no default secret', () => {
  expect(() => readConfig({ NODE_ENV: 'production' })).toThrow(/^SESSION_SECRETS: is required/);
  expect(readConfig({ NODE_ENV: 'production', SESSION_SECRETS: GOOD }).sessionSecrets).toEqual([GOOD]);
});

test('whoever mounts the handler cannot sign with such secrets either', async () => {
  const tradepost = await createTradepost({ storage: memory() });
  try {
    for (const secrets of [[], ...BAD.map(secret => [secret]), ...BAD.map(secret => [GOOD, secret])]) {
      expect(() => httpHandler(tradepost, { secrets }), secrets.join()).toThrow(/^secrets: /);
    }
    expect(() => httpHandler(tradepost, { secrets: [GOOD] })).not.toThrow();
  } finally {
    await tradepost.close();
  }
});

test('any page could call with the user’s cookie: no page of another origin can', async () => {
  const server = await serve();
  try {
    for (const origin of ['https://evil.example', 'null']) {
      const written = await send(server.url, '/register', { method: 'POST', headers: { origin }, body: stranger() });
      expectProblem(written, 403, 'origin_forbidden');
      const preflight = { origin, 'access-control-request-method': 'DELETE' };
      for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await send(server.url, '/sessions', { method, headers: preflight });
        expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([]);
      }
    }
  } finally {
    await server.stop();
  }
});
