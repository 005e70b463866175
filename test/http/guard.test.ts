import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { readSession } from '../../src/adapters/driving/http/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { cookieOf, stranger } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import { frameworks } from '../support/servers/frameworks.js';
import type { Listening } from '../support/servers/http-server.js';
import { listen, SECRET } from '../support/servers/http-server.js';

let tradepost: Tradepost;
beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
});
afterAll(() => tradepost.close());

describe.each(Object.entries(frameworks))('an application’s own route, on %s', (_name, mount) => {
  let listening: Listening;
  const person = stranger();
  let cookie: string;

  beforeAll(async () => {
    listening = await listen(await mount(tradepost, { secrets: [SECRET], allowedOrigins: ['https://friend.example'] }));
    expectAnswer(await send(listening.url, '/api/register', { method: 'POST', body: person }), 201);
    cookie = await logIn();
  });
  afterAll(() => listening.stop());

  const logIn = async (): Promise<string> => {
    const { username, password } = person;
    return cookieOf(await send(listening.url, '/api/login', { method: 'POST', body: { username, password } }));
  };
  const own = (headers: Record<string, string>, method = 'GET') => send(listening.url, '/own', { method, headers });

  test('receives the user and the session from the guard', async () => {
    const answer = await own({ cookie });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      user: expect.objectContaining({ username: person.username }),
      session: expect.objectContaining({ current: true }),
    });
    const { token } = (await tradepost.login({ username: person.username, password: person.password })) as {
      token: string;
    };
    expect((await own({ authorization: `Bearer ${token}` })).json.user.username).toBe(person.username);
  });

  test('is 401 without a live session', async () => {
    for (const headers of [
      {},
      { cookie: 'session=rubbish' },
      { cookie: `${cookie}x` },
      { authorization: 'Bearer x' },
    ]) {
      expectProblem(await own(headers as Record<string, string>), 401, 'unauthenticated');
    }
  });

  test('is 403 for changes from a foreign origin', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expectProblem(await own({ cookie, origin: 'https://evil.example' }, method), 403, 'origin_forbidden');
      expectProblem(await own({ cookie }, method), 403, 'origin_forbidden');
      expect((await own({ cookie, origin: listening.url }, method)).status).toBe(200);
      expect((await own({ cookie, origin: 'https://friend.example' }, method)).status).toBe(200);
    }
    expect((await own({ cookie, origin: 'https://evil.example' })).status).toBe(200);
  });

  test('is 401 as soon as the session has ended', async () => {
    const brief = await logIn();
    expect((await own({ cookie: brief })).status).toBe(200);
    expectAnswer(
      await send(listening.url, '/api/logout', {
        method: 'POST',
        headers: { cookie: brief, origin: listening.url },
      }),
      204,
    );
    expectProblem(await own({ cookie: brief }), 401, 'unauthenticated');
  });
});

describe('readSession', () => {
  const options = { secrets: [SECRET] };

  test('reads the session of a Node or Fetch request, and returns null where there is none', async () => {
    const read = readSession(tradepost, options);
    const found: unknown[] = [];
    const listening = await listen(async (request, response) => {
      found.push(await read(request));
      response.end();
    });
    const name = `reader${process.pid}`;
    const password = 'correct horse battery';
    await tradepost.registerUser({ email: `${name}@example.org`, username: name, name, password });
    const { token } = await tradepost.login({ username: name, password });
    await send(listening.url, '/', { headers: { authorization: `Bearer ${token}` } });
    await send(listening.url, '/');
    await listening.stop();
    expect(found).toEqual([expect.objectContaining({ user: expect.objectContaining({ username: name }) }), null]);
    const request = new Request('https://cards.example/x', { headers: { authorization: `Bearer ${token}` } });
    expect((await read(request))?.user.username).toBe(name);
    expect(await read(new Request('https://cards.example/x'))).toBeNull();
    const foreign = { origin: 'https://evil.example', authorization: `Bearer ${token}` };
    expect(await read(new Request('https://cards.example/x', { method: 'POST', headers: foreign }))).toBeNull();
  });

  test('rejects where the store fails, because null would mean logged out', async () => {
    const storage = memory();
    const broken = {
      ...storage,
      open: async () => {
        const opened = await storage.open();
        opened.sessions.use = () => Promise.reject(new Error('gone'));
        return opened;
      },
    };
    const own = await createTradepost({ storage: broken, hashing: cheapHashing, rateLimits: 'off' });
    const request = new Request('https://x.example', { headers: { authorization: `Bearer ${'x'.repeat(43)}` } });
    await expect(readSession(own, options)(request)).rejects.toMatchObject({ code: 'internal' });
    await own.close();
  });
});
