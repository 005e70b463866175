import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registered, register } from '../support/http/http-users.js';
import { type Answer, send } from '../support/http/requests.js';
import { type ServingProcess, serveInProcess } from '../support/servers/processes.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const stores = temporaryStores();

/** The failures that the delays of 1, 2, 4, … s admit in that time, besides the five free ones. */
const admittedIn = (milliseconds: number): number => 5 + Math.floor(Math.log2(1 + milliseconds / 1000)) + 1;

/** Two `tradepost serve` on one database, behind a proxy that reports the addresses of the clients. */
function twoProcesses(createStore: () => string | Promise<string>): void {
  let processes: ServingProcess[];

  beforeAll(async () => {
    const DATABASE_URL = await createStore();
    const variables = { DATABASE_URL, RATE_LIMITS: 'on', TRUST_PROXY: 'loopback' };
    processes = [await serveInProcess(variables), await serveInProcess(variables)];
  });
  afterAll(async () => {
    for (const each of processes ?? []) expect(await each.stop()).toBe(0);
  });

  /** Logs in from an address of its own, in one of the two processes. */
  const login = (index: number, { email }: Registered, password: string): Promise<Answer> =>
    send(processes[index % 2]?.origin ?? '', '/login', {
      method: 'POST',
      headers: { 'x-forwarded-for': `198.51.100.${index}` },
      body: { email, password, delivery: 'token' },
    });

  const begin = async () => {
    const person = await register(processes[0]?.origin ?? '');
    const { token } = (await login(200, person, person.password)).json;
    const isLive = async () => {
      for (const { origin } of processes) {
        const me = await send(origin, '/me', { headers: { authorization: `Bearer ${token}` } });
        expect(me.json).toMatchObject({ user: { id: person.id } });
      }
    };
    return { person, isLive };
  };

  it('refuse most of 101 failures from 101 addresses, and leave the session of the owner alone', async () => {
    const { person, isLive } = await begin();
    const started = performance.now();
    const answers: Answer[] = [];
    for (let index = 1; index <= 101; index += 1) {
      answers.push(await login(index, person, 'wrong horse battery'));
      if (index % 25 === 0) await isLive();
    }
    const decided = answers.filter(({ status }) => status === 401).length;
    expect(decided).toBeGreaterThanOrEqual(5);
    expect(decided).toBeLessThanOrEqual(admittedIn(performance.now() - started));
    const refused = answers.flatMap(({ status, headers }, index) => (status === 429 ? [{ index, headers }] : []));
    expect(answers.length - decided).toBe(refused.length);
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // By both processes.
    expect(new Set(refused.map(({ index }) => index % 2)).size).toBe(2);
    await isLive();
  });

  it('cannot be passed by parallel failures', async () => {
    const { person, isLive } = await begin();
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => login(index + 1, person, 'wrong horse battery')),
    );
    const decided = answers.filter(({ status }) => status === 401).length;
    expect(decided).toBeGreaterThanOrEqual(5);
    expect(decided).toBeLessThanOrEqual(admittedIn(performance.now() - started));
    // An overloaded database is no admission either.
    expect(new Set(answers.map(({ status }) => status)).has(200)).toBe(false);
    await isLive();
  });
}

describe('failed logins in two processes on one PostgreSQL', () => twoProcesses(stores.postgres));

describeMongo('failed logins in two processes on one MongoDB', () => twoProcesses(stores.mongo));
