import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieOf } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';

interface Process {
  readonly url: string;
  /** Asks it to stop; its exit status. */
  stop(): Promise<number | null>;
}

const started: ChildProcess[] = [];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tradepost-seed-'));
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** `tradepost serve`, as it is shipped, without any configuration but where to keep its data. */
async function serve(): Promise<Process> {
  const child = spawn(process.execPath, [resolve('dist/main/cli.js'), 'serve'], {
    env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: `file:${join(directory, 'data')}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const exited = once(child, 'exit');
  const url = await new Promise<string>((found, failed) => {
    void exited.then(([status]) => failed(new Error(`ended with ${status} before it listened`)));
    createInterface({ input: child.stdout }).on('line', line => {
      const [, address] = /^listening on (http:\S+) \(storage: .*embedded/.exec(line) ?? [];
      if (address) found(address);
    });
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      const [status] = await exited;
      return status;
    },
  };
}

// As the prototype's clients sent them.
const ann = { username: 'ann', password: 'a phrase that Ann keeps', email: 'ann@example.org', name: 'Ann' };
const bob = { username: 'bob', password: 'a phrase that Bob keeps', email: 'bob@example.org', name: 'Bob' };

test('the prototype’s own story, and again after a restart', async () => {
  const first = await serve();
  const { url } = first;

  const ids: Record<string, string> = {};
  const cookies: Record<string, string> = {};
  for (const { username, password, email, name } of [ann, bob]) {
    const registered = await send(url, '/register', { method: 'POST', body: { username, password, email, name } });
    expectAnswer(registered, 201);
    ids[username] = registered.json.id;
    const login = await send(url, '/login', { method: 'POST', body: { email, password } });
    expectAnswer(login, 200);
    cookies[username] = cookieOf(login);
  }

  const as = (who: string, at: string) => ({ cookie: cookies[who] ?? '', origin: at });
  const cards: string[] = [];
  for (const name of ['1', '2', '3', '4', '5']) {
    const card = await send(url, '/cards', {
      method: 'POST',
      headers: as('ann', url),
      body: { name, description: '' },
    });
    expectAnswer(card, 201);
    cards.push(card.json.id);
  }

  const namesOf = async (who: string, at: string) =>
    (await send(at, '/cards', { headers: as(who, at) })).json.items.map(({ name }: { name: string }) => name);
  const give = async (from: string, to: string, cardId: string | undefined) => {
    const body = { cardId, recipient: { id: ids[to] } };
    expectAnswer(await send(url, '/trades', { method: 'POST', headers: as(from, url), body }), 201);
    return [await namesOf('ann', url), await namesOf('bob', url)];
  };
  expect(await give('ann', 'bob', cards[0])).toEqual([['5', '4', '3', '2'], ['1']]);
  expect(await give('ann', 'bob', cards[2])).toEqual([
    ['5', '4', '2'],
    ['3', '1'],
  ]);
  expect(await give('bob', 'ann', cards[0])).toEqual([['5', '4', '2', '1'], ['3']]);

  const expected = {
    ann: { sent: ['3', '1'], received: ['1'], all: ['1', '3', '1'] },
    bob: { sent: ['1'], received: ['3', '1'], all: ['1', '3', '1'] },
  };
  const tradesOf = async (who: string, at: string) => {
    const lists: [string, string[]][] = [];
    for (const direction of ['sent', 'received', 'all']) {
      const { json } = await send(at, `/trades?direction=${direction}`, { headers: as(who, at) });
      lists.push([direction, json.items.map(({ cardName }: { cardName: string }) => cardName)]);
    }
    return Object.fromEntries(lists);
  };
  const everyTrade = async (at: string) => ({ ann: await tradesOf('ann', at), bob: await tradesOf('bob', at) });
  expect(await everyTrade(url)).toEqual(expected);
  expect(await first.stop()).toBe(0);

  const second = await serve();
  expect(await everyTrade(second.url)).toEqual(expected);
  expect([await namesOf('ann', second.url), await namesOf('bob', second.url)]).toEqual([['5', '4', '2', '1'], ['3']]);
  const me = await send(second.url, '/me', { headers: as('bob', second.url) });
  expectAnswer(me, 200);
  expect(me.json.user).toMatchObject({ id: ids.bob, email: bob.email });
  expectAnswer(await send(second.url, '/logout', { method: 'POST', headers: as('bob', second.url) }), 204);
  expectProblem(await send(second.url, '/me', { headers: as('bob', second.url) }), 401, 'unauthenticated');
  expect(await second.stop()).toBe(0);
});
