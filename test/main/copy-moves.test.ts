import { afterAll, expect, it } from 'vitest';
import type { Registered } from '../support/http/http-users.js';
import { addCard, browser, program, register } from '../support/http/http-users.js';
import type { Answer } from '../support/http/requests.js';
import { send } from '../support/http/requests.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { run, serveInProcess } from '../support/servers/processes.js';
import { connect } from '../support/sockets/socket-client.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const SESSION_SECRETS = 'moved-a7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0q';

/** Ann uses a browser, Bob a program. Neither logs in again after a move. */
interface Scene {
  readonly ann: Registered & { readonly cookie: string };
  readonly bob: Registered & { readonly authorization: string };
  /** A request with an idempotency key and its answer, which has to stay the same. */
  readonly keyed: { readonly body: object; readonly answer: Answer };
  /** Trades so far, oldest first. */
  readonly trades: string[];
}

const stores = temporaryStores();
let server: ServingProcess | undefined;
afterAll(() => server?.child.kill('SIGKILL'));

/** Runs a server on the store. Only DATABASE_URL differs between stores. */
async function serving<Result>(DATABASE_URL: string, act: (url: string) => Promise<Result>): Promise<Result> {
  server = await serveInProcess({ DATABASE_URL, SESSION_SECRETS });
  const result = await act(server.origin);
  expect(await server.stop('SIGTERM')).toBe(0);
  return result;
}

async function move(from: string, to: string): Promise<void> {
  const { status, stderr } = await run(['copy'], { COPY_FROM_URL: from, COPY_TO_URL: to });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}

const asAnn = (url: string, { ann }: Pick<Scene, 'ann'>) => ({ cookie: ann.cookie, origin: url });
const asBob = (_url: string, { bob }: Pick<Scene, 'bob'>) => ({ authorization: bob.authorization });

async function trade(url: string, headers: object, body: object, key?: string): Promise<Answer> {
  const all = { ...headers, ...(key !== undefined && { 'idempotency-key': key }) };
  const answer = await send(url, '/trades', { method: 'POST', headers: all, body });
  expect(answer.status, answer.text).toBe(201);
  return answer;
}

async function begin(url: string): Promise<Scene> {
  const [ann, bob] = [await register(url), await register(url)];
  const scene = {
    ann: { ...ann, cookie: (await browser(url, ann)).cookie },
    bob: { ...bob, ...(await program(url, bob)) },
  };
  const plain = await addCard(url, asAnn(url, scene), 'Ace');
  const first = await trade(url, asAnn(url, scene), { cardId: plain, recipient: { id: bob.id } });
  const body = { cardId: await addCard(url, asAnn(url, scene), 'Drache 🐉'), recipient: { username: bob.username } };
  const answer = await trade(url, asAnn(url, scene), body, 'gift');
  return { ...scene, keyed: { body, answer }, trades: [first.json.id, answer.json.id] };
}

/** All trades of a user, newest first, read in pages of two. */
async function allTrades(url: string, headers: object): Promise<{ ids: string[]; latest: string }> {
  const ids: string[] = [];
  let after = '';
  let latest = '';
  do {
    const { json } = await send(url, `/trades?limit=2${after && `&after=${after}`}`, { headers: { ...headers } });
    ids.push(...json.items.map(({ id }: { id: string }) => id));
    latest ||= json.latest;
    after = json.next;
  } while (after);
  return { ids, latest };
}

/** Checks that both see who they are, all trades, and the first answer to the request with a key. */
async function expectContinued(url: string, scene: Scene): Promise<void> {
  for (const [headers, { id }] of [
    [asAnn(url, scene), scene.ann],
    [asBob(url, scene), scene.bob],
  ] as const) {
    const me = await send(url, '/me', { headers: { ...headers } });
    expect([me.status, me.json?.user?.id], me.text).toEqual([200, id]);
    expect((await allTrades(url, headers)).ids).toEqual(scene.trades.toReversed());
  }
  const again = await trade(url, asAnn(url, scene), scene.keyed.body, 'gift');
  expect(again.json).toEqual(scene.keyed.answer.json);
}

/** Records a trade each way. Bob's socket receives both, after a cursor from the store before. */
async function goOn(url: string, scene: Scene, latest: string): Promise<void> {
  const socket = await connect(`${url.replace('http', 'ws')}/ws`, { token: scene.bob.authorization.slice(7) });
  await socket.call('trades.watch', { after: latest });
  const before = scene.trades.length;
  const cardId = await addCard(url, asAnn(url, scene), `Card ${before}`);
  const there = await trade(url, asAnn(url, scene), { cardId, recipient: { email: scene.bob.email } }, `key-${before}`);
  const back = await trade(url, asBob(url, scene), { cardId, recipient: { id: scene.ann.id } });
  scene.trades.push(there.json.id, back.json.id);
  await expect.poll(() => socket.trades, { timeout: 10_000 }).toEqual([there.json.id, back.json.id]);
  socket.socket.terminate();
}

describeMongo('a scene that starts on the embedded database', () => {
  it('continues on PostgreSQL, on MongoDB and on an embedded database again', { timeout: 300_000 }, async () => {
    let home = stores.embedded();
    const scene = await serving(home, begin);
    let { latest } = await serving(home, url => allTrades(url, asBob(url, scene)));
    for (const next of [await stores.postgres(), stores.mongo(), stores.embedded()]) {
      await move(home, next);
      await serving(next, async url => {
        await expectContinued(url, scene);
        await goOn(url, scene, latest);
        await expectContinued(url, scene);
        ({ latest } = await allTrades(url, asBob(url, scene)));
      });
      home = next;
    }
    expect(scene.trades).toHaveLength(8);
  });
});

it('a move revives no ended session and ends no live one', { timeout: 120_000 }, async () => {
  const [from, to] = [await stores.postgres(), await stores.postgres()];
  const { ended, kept } = await serving(from, async url => {
    const person = await register(url);
    const [ended, kept] = [await program(url, person), await program(url, person)];
    await send(url, '/logout', { method: 'POST', headers: ended });
    return { ended, kept };
  });
  await move(from, to);
  await serving(to, async url => {
    expect((await send(url, '/me', { headers: ended })).status).toBe(401);
    expect((await send(url, '/me', { headers: kept })).status).toBe(200);
  });
});
