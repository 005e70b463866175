import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { openTradepost, somebody } from '../support/library-users.js';

const HOUR = 3_600_000;

afterEach(() => vi.useRealTimers());

it('cards stay in the order of their creation after the clock was set back, page by page', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { tradepost } = await openTradepost(memory(), { session: { lifetime: 86_400, idleTimeout: null } });
  onTestFinished(() => tradepost.close());
  const { token } = await somebody(tradepost);
  const added: string[] = [];
  const add = async () => {
    for (let card = 0; card < 5; card += 1) added.unshift((await tradepost.addCard({ token, name: 'Ace' })).id);
  };
  await add();
  const { items: newest, next } = await tradepost.listCards({ token, limit: 2 });
  vi.setSystemTime(Date.now() - HOUR);
  await add();
  expect((await tradepost.listCards({ token })).items.map(({ id }) => id)).toEqual(added);
  // A page that was begun before goes on where it was, without the cards that were added since.
  const rest = await tradepost.listCards({ token, after: next ?? '' });
  expect([...newest, ...rest.items].map(({ id }) => id)).toEqual(added.slice(5));
  expect((await tradepost.listCards({ token, limit: 3 })).items.map(({ id }) => id)).toEqual(added.slice(0, 3));
});
