import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import type { PostgresOptions } from '../../../src/adapters/driven/postgres/index.js';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Signal } from '../../../src/index.js';
import type { Opened, Person } from '../../support/library-users.js';
import { openTradepost, somebody } from '../../support/library-users.js';
import { Relay } from '../../support/relay.js';
import type { RedisServer } from '../../support/servers/redis.js';
import { startRedis } from '../../support/servers/redis.js';

const url = inject('postgresUrl');
const redisServer = inject('redis');
const SCHEMA = `sources_${randomUUID().slice(0, 8)}`;

let redis: RedisServer | undefined;
beforeAll(async () => {
  if (redisServer) redis = await startRedis(redisServer);
});
afterAll(() => redis?.stop());

/** Where signals come from, and how long one takes at most, in milliseconds. */
const SOURCES = [['notify', 1000], ['poll', 1500], ...(redisServer ? [['redis', 1000] as const] : [])] as const;

/** Milliseconds until a watcher has found by itself what no signal has told it: the interval of the check, and queries. */
const WITHOUT_SIGNAL = 4000;

describe.each(SOURCES)('signals of PostgreSQL from %s', (source, limit) => {
  let relay: Relay;
  /** Records, and ends sessions. */
  let here: Opened;
  /** Watches; its signals come through the relay. */
  let there: Opened;

  beforeAll(async () => {
    // Polling has no connection of its own, so all of the watching process goes through the relay.
    const target = source === 'redis' ? `${redis?.url}` : url;
    relay = new Relay(target);
    const relayed = await relay.listen();
    const optionsOf = (route: string): PostgresOptions => {
      if (source === 'poll') return { url: route, signals: 'poll' };
      if (source === 'redis') return { url, signals: route as 'redis://' };
      return { url, signals: 'notify', signalsUrl: route };
    };
    here = await openTradepost(postgres({ ...optionsOf(target), schema: SCHEMA }));
    there = await openTradepost(postgres({ ...optionsOf(relayed), schema: SCHEMA }));
  });
  afterAll(async () => {
    await here?.tradepost.close();
    await there?.tradepost.close();
    await relay?.close();
  });

  async function watching() {
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const received: string[] = [];
    const ended: unknown[] = [];
    const signals: Signal[] = [];
    onTestFinished(there.storage.signals.subscribe(signal => void signals.push(signal)));
    const options = { onEnd: (reason: unknown) => void ended.push(reason) };
    onTestFinished(
      await there.tradepost.watchTrades({ token: ann.token }, ({ id }) => void received.push(id), options),
    );
    // Listening begins with the signal that earlier ones may be lost.
    await vi.waitFor(() => expect(signals).toContainEqual({ kind: 'missed' }), { timeout: 10_000 });
    return { ann, bob, received, ended, signals };
  }

  const trade = async (ann: Person, bob: Person): Promise<string> => {
    const { id: cardId } = await here.tradepost.addCard({ token: ann.token, name: 'Ace' });
    const began = performance.now();
    const { id } = await here.tradepost.recordTrade({ token: ann.token, cardId, recipient: { id: bob.id } });
    // No writer waits for a signal.
    expect(performance.now() - began).toBeLessThan(1000);
    return id;
  };

  it('reach watchers in another process: trades, and the ends of sessions', async () => {
    const { ann, bob, received, ended } = await watching();
    const ids = [await trade(ann, bob), await trade(ann, bob)];
    await vi.waitFor(() => expect(received).toEqual(ids), { timeout: limit, interval: 5 });
    await here.tradepost.logout({ token: ann.token });
    await vi.waitFor(() => expect(ended).toHaveLength(1), { timeout: limit, interval: 5 });
  });

  it('are inspected: where they come from, and whether one arrives', async () => {
    const signals = source === 'redis' ? (`${redis?.url}` as 'redis://') : source;
    const health = await postgres({ url, schema: SCHEMA, signals }).inspectSignals?.();
    const detail = { notify: /^NOTIFY of PostgreSQL, one arrived/, poll: /^polling/, redis: /^Redis at 127.*arrived/ };
    expect(health).toEqual({ ok: true, detail: expect.stringMatching(detail[source]) });
    if (source === 'poll') return;
    const unreachable = 'redis://user:secret@127.0.0.1:9' as const;
    const away = source === 'redis' ? { signals: unreachable } : { signalsUrl: 'postgres://user:secret@127.0.0.1:9/x' };
    const report = await postgres({ url, schema: SCHEMA, ...away }).inspectSignals?.();
    expect(report).toMatchObject({ ok: false, detail: expect.stringContaining('none arrived') });
    expect(report?.detail).not.toContain('secret');
  });

  it('that are cut off delay trades and lose none; afterwards they are prompt again', { timeout: 60_000 }, async () => {
    const { ann, bob, received, signals } = await watching();
    await relay.shut('refusing');
    const ids = [await trade(ann, bob)];
    if (source !== 'poll') await vi.waitFor(() => expect(received).toEqual(ids), { timeout: WITHOUT_SIGNAL });
    ids.push(await trade(ann, bob));
    signals.length = 0;
    await relay.restore();
    await vi.waitFor(() => expect(received).toEqual(ids), { timeout: 10_000 });
    // What happened while it was cut off may be lost, so the reconnection reports it.
    await vi.waitFor(() => expect(signals).toContainEqual({ kind: 'missed' }), { timeout: 15_000 });
    ids.push(await trade(ann, bob));
    await vi.waitFor(() => expect(received).toEqual(ids), { timeout: limit, interval: 5 });
  });

  it('that are slow delay trades and lose none', { timeout: 60_000 }, async () => {
    const { ann, bob, received } = await watching();
    relay.hold();
    const ids = [await trade(ann, bob)];
    if (source === 'poll') await sleep(1000);
    else await vi.waitFor(() => expect(received).toEqual(ids), { timeout: WITHOUT_SIGNAL });
    relay.release();
    await vi.waitFor(() => expect(received).toEqual(ids), { timeout: 10_000 });
    ids.push(await trade(ann, bob));
    await vi.waitFor(() => expect(received).toEqual(ids), { timeout: 5000 });
  });
});

describe('with signals from elsewhere, PostgreSQL', () => {
  it('gets no NOTIFY', async () => {
    const { tradepost, storage } = await openTradepost(postgres({ url, schema: SCHEMA, signals: 'poll' }));
    onTestFinished(() => tradepost.close());
    const listening = await postgres({ url, schema: SCHEMA }).open();
    onTestFinished(() => listening.close());
    const signals: Signal[] = [];
    onTestFinished(listening.signals.subscribe(signal => void signals.push(signal)));
    await vi.waitFor(() => expect(signals).toEqual([{ kind: 'missed' }]), { timeout: 10_000 });
    const own: Signal[] = [];
    onTestFinished(storage.signals.subscribe(signal => void own.push(signal)));
    const ann = await somebody(tradepost);
    await tradepost.logout({ token: ann.token });
    await vi.waitFor(() => expect(own).toContainEqual({ kind: 'sessions_ended', sessionIds: [ann.sessionId] }));
    await sleep(200);
    expect(signals).toEqual([{ kind: 'missed' }]);
  });
});

if (redisServer === null) console.error('NOT RUN: signals over Redis: there is no redis-server and no valkey-server.');
