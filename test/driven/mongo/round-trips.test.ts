import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import type { Tradepost } from '../../../src/index.js';
import { createTradepost } from '../../../src/index.js';
import { cheapHashing } from '../../support/cheap-hashing.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

describeMongo('round trips to MongoDB', ({ url, database }) => {
  const client = new MongoClient(url, { monitorCommands: true });
  const sent: string[] = [];
  client.on('commandStarted', ({ commandName }) => sent.push(commandName));
  let tradepost: Tradepost;
  let token: string;

  const during = async (work: () => Promise<unknown>): Promise<string[]> => {
    sent.length = 0;
    await work();
    return [...sent];
  };

  beforeAll(async () => {
    tradepost = await createTradepost({
      storage: mongo({ client, database }),
      hashing: cheapHashing,
      rateLimits: 'off',
    });
    for (const username of ['ann', 'bob']) {
      const account = { username, email: `${username}@example.org`, name: username, password: 'correct horse' };
      await tradepost.registerUser(account);
    }
    ({ token } = await tradepost.login({ username: 'ann', password: 'correct horse' }));
  });
  afterAll(async () => {
    await tradepost.close();
    await client.close();
  });

  it('authenticating takes one', async () => {
    expect(await during(() => tradepost.useCases.authenticate.execute({ token }))).toEqual(['aggregate']);
  });

  it.each(['all', 'sent', 'received'] as const)(
    'a page of trades (%s) takes one, besides authenticating',
    async direction => {
      const commands = await during(() => tradepost.listTrades({ token, direction, limit: 100 }));
      expect(commands).toEqual(['aggregate', 'aggregate']);
    },
  );

  it('a page of cards takes one', async () => {
    expect(await during(() => tradepost.listCards({ token }))).toEqual(['aggregate', 'find']);
  });

  it('ending all sessions takes one, besides authenticating', async () => {
    const { token: other } = await tradepost.login({ username: 'bob', password: 'correct horse' });
    expect(await during(() => tradepost.revokeAllSessions({ token: other }))).toEqual(['aggregate', 'delete']);
    await expect(tradepost.authenticate({ token: other })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('a login takes three and its commit, after the account', async () => {
    const commands = await during(() => tradepost.login({ username: 'ann', password: 'correct horse' }));
    expect(commands).toEqual(['find', 'update', 'find', 'insert', 'commitTransaction']);
  });

  it('a trade takes five and its commit, after three reads and authenticating', async () => {
    const { id: cardId } = await tradepost.addCard({ token, name: 'Ace' });
    const commands = await during(() =>
      tradepost.recordTrade({ token, cardId, recipient: { username: 'bob' }, idempotencyKey: 'once' }),
    );
    expect(commands).toEqual([
      'aggregate',
      ...['find', 'find', 'find'],
      ...['findAndModify', 'findAndModify', 'findAndModify', 'insert', 'insert', 'commitTransaction'],
    ]);
  });

  it('limits of logins take one for each count, three for a new one, and one for the success', async () => {
    const credentials = { username: 'ann', password: 'correct horse', address: '192.0.2.1' };
    const opening = ['update', 'find', 'insert', 'commitTransaction'];
    expect(await during(() => tradepost.login(credentials))).toEqual(['find', ...opening]);
    const limited = await createTradepost({ storage: mongo({ client, database }), hashing: cheapHashing });
    const known = ['findAndModify'];
    const created = ['findAndModify', 'insert', 'findAndModify'];
    const login = () => limited.login(credentials);
    expect(await during(login)).toEqual(['find', ...created, ...created, 'update', ...opening]);
    expect(await during(login)).toEqual(['find', ...known, ...known, 'update', ...opening]);
    for (const username of ['ann', 'nobody']) {
      const failing = limited.login.bind(limited, { ...credentials, username, password: 'wrong horse' });
      const counted = username === 'ann' ? known : created;
      expect((await during(() => failing().catch(() => undefined))).sort()).toEqual(
        ['find', ...counted, ...known].sort(),
      );
      expect(await during(() => failing().catch(() => undefined))).toEqual(['find', ...known, ...known]);
    }
    await limited.close();
  });
});
