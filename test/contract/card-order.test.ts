import { afterEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { StorageConnector } from '../../src/index.js';
import { openTradepost, somebody } from '../support/library-users.js';
import { freshSchema } from '../support/servers/http-server.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const HOUR = 3_600_000;
const stores = temporaryStores();

const STORES: readonly (readonly [string, () => StorageConnector])[] = [
  ['memory', () => memory()],
  ['PostgreSQL', () => postgres({ url: inject('postgresUrl'), schema: freshSchema() })],
  ...(inject('mongoUrl') === null ? [] : [['MongoDB', () => mongo({ url: stores.mongo() })] as const]),
];

afterEach(() => vi.useRealTimers());

describe.each(STORES)('after the clock was set back, on %s', (_name, open) => {
  it('cards stay in the order of their creation, page by page, also those that were traded', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { tradepost } = await openTradepost(open(), { session: { lifetime: 86_400, idleTimeout: null } });
    onTestFinished(() => tradepost.close());
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const added: string[] = [];
    const add = async (): Promise<void> => {
      for (let card = 0; card < 4; card += 1) {
        const { id } = await tradepost.addCard({ token: ann.token, name: 'Ace' });
        added.unshift(id);
        await tradepost.recordTrade({ token: ann.token, cardId: id, recipient: { id: bob.id } });
      }
    };
    await add();
    const { items: newest, next } = await tradepost.listCards({ token: bob.token, limit: 2 });
    vi.setSystemTime(Date.now() - HOUR);
    await add();
    const idsOf = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);
    expect(idsOf((await tradepost.listCards({ token: bob.token })).items)).toEqual(added);
    const rest = await tradepost.listCards({ token: bob.token, after: next ?? '' });
    expect([...idsOf(newest), ...idsOf(rest.items)]).toEqual(added.slice(4));
  });
});
