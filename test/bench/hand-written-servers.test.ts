import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { built } from '../../bench/built.js';
import { checkCookie, checkSameBytes, sampleOf, startBare } from '../../bench/contestants/bare.js';
import { type Contestant, startContestant, startTradepost } from '../../bench/contestants/contestant.js';
import { listRequestOf, loginRequest, recordRequest } from '../../bench/contestants/requests.js';
import { addEntries } from '../../bench/database/entries.js';
import { addPairs, type Pair, returnCards } from '../../bench/database/pairs.js';
import { addPeople, type Person } from '../../bench/database/people.js';
import { databasesOn } from '../../bench/database/postgres.js';
import { freshOfLogin } from '../../bench/stages/login.js';
import { freshOfTrade } from '../../bench/stages/record.js';
import { checkSameText } from '../../bench/stages/socket-list.js';

/** The bench compares Tradepost with hand-written servers, which must do the same work. */
const databases = databasesOn(inject('postgresUrl'));
const servers: Contestant[] = [];
let url: string;
let people: Person[];
let pairs: Pair[];
let tradepost: Contestant;
let bare: readonly Contestant[];

const started = async (server: Promise<Contestant>): Promise<Contestant> => {
  servers.push(await server);
  return server;
};

beforeAll(async () => {
  url = await databases.createDatabase();
  people = await addPeople((await built.postgres()).postgres({ url }), 4);
  await addEntries(url, 60);
  pairs = await addPairs(url, people);
  tradepost = await started(startTradepost(url));
  const [pair] = pairs;
  if (!pair) throw new Error('no pair');
  const { owner, other, cardId } = pair;
  const sample = await sampleOf(tradepost, {
    list: listRequestOf(owner),
    login: loginRequest(tradepost.origin, owner),
    record: recordRequest(tradepost.origin, owner, other, cardId),
  });
  bare = [
    await started(startBare('two queries', url, sample)),
    await started(startBare('joined query', url, sample, { queries: 'joined', telling: 'nobody' })),
    await started(startBare('JSON by hand', url, sample, { queries: 'raw' })),
  ];
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await databases.dropDatabases();
});

test('they list trades as Tradepost does, to the byte, a page that is followed by another included', async () => {
  for (const server of bare) {
    await checkSameBytes(tradepost, server, () => people.map(listRequestOf));
    for (const person of people) await checkCookie(tradepost, server, person);
  }
});

test('they log in as Tradepost does', async () => {
  for (const server of bare) {
    await checkSameBytes(tradepost, server, origin => people.map(person => loginRequest(origin, person)), freshOfLogin);
  }
});

test('they record trades as Tradepost does', async () => {
  // All servers share a database, so the card is returned before each trade.
  for (const server of bare.slice(0, 2)) {
    for (const { owner, other, cardId } of pairs) {
      await returnCards(url, pairs);
      const request = (origin: string) => [recordRequest(origin, owner, other, cardId)];
      await checkSameBytes(tradepost, server, request, freshOfTrade, () => returnCards(url, pairs));
    }
  }
});

test('one that answers anything else is found out', async () => {
  const [person] = people;
  if (!person) throw new Error('nobody');
  const changed = await sampleOf(tradepost, { list: listRequestOf(person) });
  const headers = changed.answers.list?.headers.map(text => (text === 'no-store' ? 'no-cache' : text)) ?? [];
  expect(headers).toContain('no-cache');
  const sample = { ...changed, answers: { list: { status: 200, headers } } };
  const server = await started(startBare('another', url, sample));
  await expect(checkSameBytes(tradepost, server, () => people.map(listRequestOf))).rejects.toThrow(
    'another did not return the same bytes as Tradepost',
  );
});

test('one that does not take the cookie that Tradepost sets is found out', async () => {
  const [person] = people;
  if (!person) throw new Error('nobody');
  const sample = await sampleOf(tradepost, { list: listRequestOf(person) });
  const server = await started(startBare('another', url, { ...sample, secret: 'x'.repeat(32) }));
  await expect(checkCookie(tradepost, server, person)).rejects.toThrow('another returned 401 for the cookie');
});

test('over WebSocket too', async () => {
  const sockets = await started(startContestant('ws', 'bare-sockets', { databaseUrl: url }));
  for (const { token } of people) await checkSameText(tradepost, sockets, token);
});
