import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Tradepost } from '../../../src/index.js';
import { createTradepost } from '../../../src/index.js';
import { cheapHashing } from '../../support/cheap-hashing.js';
import { countingPool } from '../../support/stores/counting-pool.js';

const { pool, during, countHints } = countingPool(inject('postgresUrl'));
let tradepost: Tradepost;
let token: string;

beforeAll(async () => {
  tradepost = await createTradepost({
    storage: postgres({ pool, schema: 'round_trips' }),
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
  await pool.end();
});

describe('round trips to PostgreSQL', () => {
  it('authenticating takes one', async () => {
    expect(await during(() => tradepost.useCases.authenticate.execute({ token }))).toHaveLength(1);
  });

  it('authenticating a hundred at once takes a few together', async () => {
    const authenticate = () => tradepost.authenticate({ token });
    const sent = await during(() => Promise.all(Array.from({ length: 100 }, authenticate)));
    expect(sent).toHaveLength(5);
  });

  it('watching a hundred times at once takes a few for each step', async () => {
    const { latest } = await tradepost.listTrades({ token });
    const stops: (() => void)[] = [];
    const watch = async () => {
      stops.push(await tradepost.watchTrades({ token, after: latest }, () => undefined));
    };
    const sent = await during(() => Promise.all(Array.from({ length: 100 }, watch)));
    for (const stop of stops) stop();
    // Authentications, newest numbers, checks of the session, and reads from the position.
    expect(sent.length).toBeLessThan(30);
    // The first reads and checks may still run.
    await new Promise(resolve => setTimeout(resolve, 300));
  });

  it.each(['all', 'sent', 'received'] as const)(
    'a page of trades (%s) takes one, authenticating included',
    async direction => {
      const sent = await during(() => tradepost.listTrades({ token, direction, limit: 100 }));
      expect(sent).toHaveLength(1);
    },
  );

  it('a page of cards takes one', async () => {
    expect(await during(() => tradepost.listCards({ token }))).toHaveLength(2);
  });

  it('a trade takes one, authenticating included, with and without an idempotency key', async () => {
    for (const key of [undefined, 'key']) {
      const { id: cardId } = await tradepost.addCard({ token, name: 'Dragon' });
      const trade = { token, cardId, recipient: { username: 'bob' }, ...(key && { idempotencyKey: key }) };
      const sent = await during(() => tradepost.recordTrade(trade));
      expect(sent).toHaveLength(1);
      expect(sent[0]).not.toContain('pg_notify');
    }
  });

  it('a trade is followed by one hint for other processes, and many at once by a few together', async () => {
    const add = async () => tradepost.addCard({ token, name: 'Dragon' });
    const trade = (cardId: string) => tradepost.recordTrade({ token, cardId, recipient: { username: 'bob' } });
    const lone = await add();
    const before = countHints();
    await trade(lone.id);
    await vi.waitFor(() => expect(countHints()).toBe(before + 1));

    const cards = await Promise.all(Array.from({ length: 100 }, add));
    const atFirst = countHints();
    const sent = await during(() => Promise.all(cards.map(({ id }) => trade(id))));
    // Those that wait for a connection share a transaction.
    expect(sent.length).toBeLessThanOrEqual(20);
    // The first hint waits for a connection behind the other trades, so the next has most of them.
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(countHints() - atFirst).toBeGreaterThanOrEqual(1);
    expect(countHints() - atFirst).toBeLessThanOrEqual(10);
  });

  it('no other operation sends hints about new entries', async () => {
    // Hints of earlier trades.
    await new Promise(resolve => setTimeout(resolve, 100));
    const before = countHints();
    await tradepost.addCard({ token, name: 'Dragon' });
    await tradepost.listTrades({ token });
    await tradepost.recordTrade({ token, cardId: token, recipient: { username: 'bob' } }).catch(() => undefined);
    const { token: other } = await tradepost.login({ username: 'bob', password: 'correct horse' });
    await tradepost.logout({ token: other });
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(countHints()).toBe(before);
  });

  it('ending all sessions takes one, besides authenticating', async () => {
    const { token: other } = await tradepost.login({ username: 'bob', password: 'correct horse' });
    expect(await during(() => tradepost.revokeAllSessions({ token: other }))).toHaveLength(2);
  });

  it('a login without limits takes two: the account and the session', async () => {
    expect(await during(() => tradepost.login({ username: 'ann', password: 'correct horse' }))).toHaveLength(2);
  });

  describe('with limits on logins', () => {
    let limited: Tradepost;
    beforeAll(async () => {
      limited = await createTradepost({ storage: postgres({ pool, schema: 'round_trips' }), hashing: cheapHashing });
    });
    afterAll(() => limited.close());
    const address = '192.0.2.1';

    it('a login takes two more: all of its counts, and the success', async () => {
      const sent = await during(() => limited.login({ username: 'ann', password: 'correct horse', address }));
      expect(sent).toHaveLength(4);
      expect(sent.filter(text => text.includes('round_trips.attempts'))).toHaveLength(2);
    });

    it('a failed login takes the same two, whether there is an account or not', async () => {
      const failing = (username: string) => async () =>
        limited.login({ username, password: 'wrong horse', address }).catch(() => undefined);
      const known = await during(failing('ann'));
      expect(known).toHaveLength(2);
      expect(await during(failing('nobody'))).toEqual(known);
    });

    it('nothing else touches the counts', async () => {
      const { token } = await limited.login({ username: 'ann', password: 'correct horse' });
      const sent = await during(async () => {
        await limited.authenticate({ token });
        await limited.listTrades({ token });
        await limited.listCards({ token });
        await limited.logout({ token });
      });
      expect(sent.length).toBeGreaterThan(4);
      expect(sent.filter(text => text.includes('attempts'))).toEqual([]);
    });
  });

  it('text that cannot be a token takes none', async () => {
    const refused = async () => tradepost.authenticate({ token: 'rubbish' }).catch(() => undefined);
    expect(await during(refused)).toHaveLength(0);
  });
});
