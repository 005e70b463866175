import type { AddressInfo } from 'node:net';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { createHttpServer } from '../../src/adapters/driving/http/http-server.js';
import type { WebOptions } from '../../src/adapters/driving/http/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import type { Clock } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { readStore } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import type { KnownValues } from './inputs.js';
import { ResettableStore } from './resettable-store.js';

export const SECRET = 'a secret of the tests, thirty-two bytes and more';

const PASSWORD = 'correct horse battery staple';
export const USED_KEY = 'a-key-that-was-used';

/** Two users with sessions, cards, trades and idempotency records. */
export async function sampleWorld(clock: Clock) {
  const connector = memory();
  const tradepost = await createTradepost({ storage: connector, hashing: cheapHashing, clock, rateLimits: 'off' });
  const person = async (name: string) => {
    const email = `${name}@example.org`;
    await tradepost.registerUser({ email, username: name, name, password: PASSWORD });
    const logIn = async () => (await tradepost.login({ email, password: PASSWORD, delivery: 'token' })).token;
    return { email, username: name, tokens: [await logIn(), await logIn()] as const };
  };
  const [ann, bob] = [await person('ann'), await person('bob')];
  const [token, other] = [ann.tokens[0], bob.tokens[0]];
  for (const name of ['Ace', 'King', 'Queen']) await tradepost.addCard({ token, name, idempotencyKey: `key-${name}` });
  const jack = await tradepost.addCard({ token, name: 'Jack', idempotencyKey: USED_KEY });
  const ten = await tradepost.addCard({ token: other, name: 'Ten' });
  await tradepost.recordTrade({ token, cardId: jack.id, recipient: { username: 'bob' } });
  await tradepost.recordTrade({ token: other, cardId: ten.id, recipient: { username: 'ann' } });
  const [cards, trades] = [
    await tradepost.listCards({ token, limit: 2 }),
    await tradepost.listTrades({ token, limit: 1 }),
  ];
  await tradepost.close();
  const rows = await readStore(connector);
  const known: KnownValues = {
    email: [ann.email, bob.email, 'new@example.org'],
    username: [ann.username, bob.username, 'newcomer'],
    name: ['Somebody', 'Zo\u00eb'],
    description: ['', 'A description'],
    password: [PASSWORD],
    id: [...rows.users.map(({ user }) => user.id), ...rows.sessions.map(({ session }) => session.id)],
    cardId: rows.cards.map(({ id }) => id),
    limit: [1, 2, 50, 100],
    after: [cards.next, trades.next, trades.latest].filter(cursor => cursor !== null),
    token: [...ann.tokens, ...bob.tokens],
  };
  return { rows, known, tokens: [...ann.tokens, ...bob.tokens] };
}

/** A server of this process over `sampleWorld`, without limits on how often anybody may call. */
export async function serveWorld() {
  const clock = new ManualClock();
  const { rows, known, tokens } = await sampleWorld(clock);
  const store = await ResettableStore.of(rows);
  const tradepost = await createTradepost({
    storage: store.connector,
    hashing: cheapHashing,
    clock,
    rateLimits: 'off',
  });
  const failures: unknown[] = [];
  const report = (details: object): void => void failures.push(details);
  const options: WebOptions = { secrets: [SECRET], logger: { info: report, warn: report, error: report } };
  const handler = httpHandler(tradepost, options);
  const { server, stop } = createHttpServer((request, response) => handler(request, response));
  const limits = {
    messagesPerMinute: null,
    badMessages: null,
    socketsPerUser: 1000,
    anonymousSocketsPerAddress: 1000,
    sessionPatience: 3_600_000,
  };
  const sockets = attachWebSocket(server, tradepost, { ...options, limits });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    store,
    known,
    tokens,
    /** What was logged: failures that callers do not cause. */
    failures,
    stop: async () => {
      await sockets.close();
      await stop(0);
      await tradepost.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof serveWorld>>;
