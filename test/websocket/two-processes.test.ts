import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCard, program, type Registered, register } from '../support/http/http-users.js';
import { send } from '../support/http/requests.js';
import { type ServingProcess, serveInProcess } from '../support/servers/processes.js';
import { connect } from '../support/sockets/socket-client.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

/** Milliseconds: the limit of the contract. */
const A_SECOND = 1000;
/** For what has no limit: the bench measures how long it takes. */
const PATIENT = { timeout: 10_000, interval: 5 };

const stores = temporaryStores();

/** How two `tradepost serve` on one database reach each other's sockets. */
function twoProcesses(createStore: () => string | Promise<string>): void {
  let here: ServingProcess;
  let there: ServingProcess;

  beforeAll(async () => {
    const DATABASE_URL = await createStore();
    here = await serveInProcess({ DATABASE_URL });
    there = await serveInProcess({ DATABASE_URL });
  });
  afterAll(async () => {
    expect(await there?.stop()).toBe(0);
    expect(await here?.stop()).toBe(0);
  });

  /** Headers and token of an additional session. */
  const login = async (person: Registered) => {
    const headers = await program(here.origin, person);
    return { headers, token: headers.authorization.replace('Bearer ', '') };
  };
  const trade = async (headers: { authorization: string }, to: Registered): Promise<string> => {
    const cardId = await addCard(here.origin, headers);
    const body = { cardId, recipient: { id: to.id } };
    return (await send(here.origin, '/trades', { method: 'POST', headers: { ...headers }, body })).json.id;
  };

  it('a trade recorded over HTTP in one reaches the sockets of both parties in the other, and nobody else’s', async () => {
    const [ann, bob, eve] = [await register(here.origin), await register(there.origin), await register(here.origin)];
    const [ofAnn, ofBob, ofEve] = [await login(ann), await login(bob), await login(eve)];
    const [a, b, e] = [
      await connect(there.url, ofAnn),
      await connect(there.url, ofBob),
      await connect(there.url, ofEve),
    ];
    for (const client of [a, b, e]) await client.call('trades.watch');
    const first = await trade(ofAnn.headers, bob);
    await expect.poll(() => [a.trades, b.trades], PATIENT).toEqual([[first], [first]]);
    const second = await trade(ofEve.headers, bob);
    await expect.poll(() => b.trades, PATIENT).toEqual([first, second]);
    await expect.poll(() => e.trades, PATIENT).toEqual([second]);
    expect(a.trades).toEqual([first]);
  });

  it('a logout in one closes the idle sockets of that session in the other within a second, and no other’s', async () => {
    const ann = await register(here.origin);
    const [leaving, staying] = [await login(ann), await login(ann)];
    const [first, second, other] = [
      await connect(there.url, leaving),
      await connect(there.url, leaving),
      await connect(there.url, staying),
    ];
    const closed = Promise.all([first.closed, second.closed]);
    const answer = await send(here.origin, '/logout', { method: 'POST', headers: leaving.headers });
    const since = performance.now();
    expect(answer.status).toBe(204);
    expect(await closed).toEqual([4401, 4401]);
    expect(performance.now() - since).toBeLessThan(A_SECOND);
    expect(await other.call('users.me')).toMatchObject({ user: { id: ann.id } });
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });
}

describe('two `tradepost serve` on one PostgreSQL', () => twoProcesses(stores.postgres));

describeMongo('two `tradepost serve` on one MongoDB', () => twoProcesses(stores.mongo));
