import type { ServiceIdentifier } from 'inversify';
import { Container } from 'inversify';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Caller, UseCases } from '../../src/index.js';
import {
  parseCardDescription,
  parseCardName,
  parseEmailAddress,
  parsePassword,
  parsePersonName,
  parseUsername,
} from '../../src/index.js';
import * as published from '../../src/main/inversify.js';
import { ManualClock } from '../../src/testing/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';

/** Part of an application that has a container of its own: it depends on Tradepost's use cases and on its own parts. */
class Shop {
  constructor(
    readonly currency: string,
    private readonly useCases: UseCases,
  ) {}

  async enrol(name: string): Promise<Caller> {
    const [email, username] = [parseEmailAddress(`${name}@example.org`), parseUsername(name)];
    const password = parsePassword('correct horse battery');
    await this.useCases.registerUser.execute({ email, username, name: parsePersonName(name), password });
    const login = { account: { username }, password, userAgent: 'shop', replaces: null };
    const { token } = await this.useCases.login.execute(login);
    return this.useCases.authenticate.execute({ token });
  }

  /** Returns the id of the trade. */
  async sell(card: string, seller: Caller, buyer: Caller): Promise<string> {
    const named = { name: parseCardName(card), description: parseCardDescription(''), idempotencyKey: null };
    const { id: cardId } = await this.useCases.addCard.execute({ caller: seller, ...named });
    const recipient = { id: buyer.user.id };
    return (await this.useCases.recordTrade.execute({ caller: seller, cardId, recipient, idempotencyKey: null })).id;
  }
}

const CURRENCY = Symbol('currency');
const SHOP = Symbol('shop');

/** Loads every module into a container that also holds the shop. */
async function embed({ applicationModule, SERVICES, storageModule, systemModule }: typeof published = published) {
  const clock = new ManualClock();
  const container = new Container();
  container.load(
    storageModule(await memory().open()),
    systemModule({ clock, hashing: cheapHashing }),
    applicationModule,
  );
  container.bind<string>(CURRENCY).toConstantValue('EUR');
  container
    .bind<Shop>(SHOP)
    .toResolvedValue(
      (currency: string, useCases: UseCases) => new Shop(currency, useCases),
      [CURRENCY, SERVICES.useCases],
    );
  onTestFinished(() => container.get(SERVICES.application).live.close());
  return { container, clock, SERVICES, shop: container.get<Shop>(SHOP) };
}

/** Collects the ids of the trades that the caller's watch receives, and why the watch ended. */
async function watch({ watchTrades }: UseCases, caller: Caller): Promise<{ seen: string[]; ended: string[] }> {
  const [seen, ended]: [string[], string[]] = [[], []];
  const started = await watchTrades.execute({
    caller,
    after: null,
    onTrade: ({ trade }) => void seen.push(trade.id),
    onEnd: ({ code }) => void ended.push(code),
  });
  started.begin();
  return { seen, ended };
}

// The periodic check never runs: whatever a watch receives, a signal caused.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

describe("Tradepost in an application's own container", () => {
  it('registers, logs in, adds cards and trades, next to bindings of the application', async () => {
    const { container, SERVICES, shop } = await embed();
    const [ann, bob] = [await shop.enrol('ann'), await shop.enrol('bob')];
    const id = await shop.sell('Dragon', ann, bob);
    const { listTrades } = container.get(SERVICES.useCases);
    const page = await listTrades.execute({ caller: bob, direction: 'received', limit: 10, after: null });
    expect(page.items).toMatchObject([{ id, cardName: 'Dragon', sender: { username: 'ann' } }]);
    expect(shop.currency).toBe('EUR');
  });

  it('watches: trades and the end of the session arrive by signal', async () => {
    const { container, SERVICES, shop } = await embed();
    const useCases = container.get(SERVICES.useCases);
    const [ann, bob] = [await shop.enrol('ann'), await shop.enrol('bob')];
    const { seen, ended } = await watch(useCases, bob);
    const sold = [await shop.sell('Dragon', ann, bob), await shop.sell('Elf', bob, ann)];
    await expect.poll(() => seen, { timeout: 1000 }).toEqual(sold);
    await useCases.logout.execute({ caller: bob });
    await expect.poll(() => ended, { timeout: 1000 }).toEqual(['unauthenticated']);
  });

  it('sweeps sessions that expired by the clock of the container', async () => {
    const { container, clock, SERVICES, shop } = await embed();
    await shop.enrol('ann');
    const { sweep } = container.get(SERVICES.application);
    expect(await sweep.execute()).toEqual({ sessions: 0, idempotencyRecords: 0, attempts: 0 });
    clock.advance(3600);
    await shop.enrol('bob');
    expect(await sweep.execute()).toEqual({ sessions: 1, idempotencyRecords: 0, attempts: 1 });
  });

  it('closes: all watches end, and no timer is left', async () => {
    const { container, SERVICES, shop } = await embed();
    const { live, useCases } = container.get(SERVICES.application);
    await watch(useCases, await shop.enrol('ann'));
    expect(vi.getTimerCount()).toBe(1);
    live.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('resolves every service identifier, always to the same object', async () => {
    const { container, SERVICES } = await embed();
    for (const identifier of Object.values<ServiceIdentifier>(SERVICES)) {
      expect(container.get(identifier)).toBe(container.get(identifier));
    }
    expect(container.get(SERVICES.useCases)).toBe(container.get(SERVICES.application).useCases);
  });

  it('is used here through every export of tradepost/inversify', async () => {
    const used = new Set<string>();
    const recording = new Proxy(
      { ...published },
      {
        get: (exports, name: keyof typeof published) => {
          used.add(name);
          return exports[name];
        },
      },
    );
    await embed(recording);
    expect([...used].sort()).toEqual(Object.keys(published).sort());
  });
});
