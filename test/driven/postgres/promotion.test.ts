import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Id, Signal, User } from '../../../src/index.js';
import { addCard, addUser, newClaim, proposal, times } from '../../../src/testing/storage-conformance/fixtures.js';
import type { Opened } from '../../support/library-users.js';
import { openTradepost, somebody } from '../../support/library-users.js';
import { PostgresPair } from '../../support/setup/postgres-pair.js';

/** `TEST_PROMOTIONS=10` for the long form. */
const PROMOTIONS = Number(process.env.TEST_PROMOTIONS ?? 1);
const WRITERS = 6;
const PATIENT = { timeout: 15_000, interval: 10 };

let pair: PostgresPair;
let here: Opened;
let there: Opened;

beforeAll(async () => {
  pair = await PostgresPair.start();
  here = await openTradepost(postgres({ url: pair.url }));
  there = await openTradepost(postgres({ url: pair.url, signalsUrl: pair.url }));
}, 60_000);
afterAll(async () => {
  await here?.tradepost.close();
  await there?.tradepost.close();
  await pair?.stop();
});

it(`${PROMOTIONS} times a standby is promoted under load: nothing acknowledged is lost, and writes go on within 5 s`, {
  timeout: 60_000 + PROMOTIONS * 60_000,
}, async () => {
  const { storage } = here;
  const ann = await person();
  const watched: string[] = [];
  await there.tradepost.watchTrades({ token: ann.token }, ({ id }) => void watched.push(id));
  const acknowledged: string[] = [];
  const recoveries: number[] = [];
  let refused = 0;

  for (let round = 1; round <= PROMOTIONS; round += 1) {
    const load = new AbortController();
    let lastAcknowledged = 0;
    const handToAndFro = async () => {
      const bob = await person();
      const card = await addCard(storage, ann.user);
      let [sender, recipient] = [ann.user, bob.user];
      while (!load.signal.aborted) {
        const [trade, claim] = [proposal(sender, card, { id: recipient.id }), newClaim()];
        while (!(await record(trade, claim))) await pause(20);
        acknowledged.push(trade.id);
        lastAcknowledged = performance.now();
        [sender, recipient] = [recipient, sender];
      }
    };
    const record = async (...request: Parameters<typeof storage.trades.record>): Promise<boolean> => {
      try {
        const { outcome } = await storage.trades.record(...request);
        expect(['recorded', 'replayed']).toContain(outcome);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'storage_unavailable' });
        refused += 1;
        return false;
      }
    };
    const writers = Promise.all(times(WRITERS).map(handToAndFro));
    await pause(1000);
    await pair.crash();
    await pause(300);
    await pair.promote();
    const promoted = performance.now();
    await vi.waitFor(() => expect(lastAcknowledged).toBeGreaterThan(promoted), PATIENT);
    recoveries.push(lastAcknowledged - promoted);
    await pause(1000);
    load.abort();
    await writers;

    // Signals come from the new primary: sooner than the watchers that read every two seconds.
    const signals: Signal[] = [];
    const unsubscribe = there.storage.signals.subscribe(signal => void signals.push(signal));
    const bob = await person();
    await vi.waitFor(async () => {
      const card = await addCard(storage, ann.user);
      signals.length = 0;
      const { proposal: again, claim } = { proposal: proposal(ann.user, card, { id: bob.user.id }), claim: newClaim() };
      const { outcome } = await storage.trades.record(again, claim);
      if (outcome === 'recorded') acknowledged.push(again.id);
      await vi.waitFor(() => expect(signals).toContainEqual({ kind: 'entries', userIds: [ann.user.id, bob.user.id] }));
    }, PATIENT);
    unsubscribe();
    await pair.rejoin();
  }

  const log = await readLog(ann.user.id);
  expect(acknowledged.filter(id => !log.includes(id))).toEqual([]);
  expect(new Set(log).size).toBe(log.length);
  await vi.waitFor(() => expect(watched).toEqual(log), PATIENT);
  for (const recovery of recoveries) expect(recovery).toBeLessThan(5000);
  console.error(
    `${PROMOTIONS} promotions: ${acknowledged.length} trades acknowledged, 0 lost, 0 doubled; ${refused} attempts refused; ` +
      `writes went on after ${recoveries.map(Math.round).join(', ')} ms`,
  );
});

it('a URL of several servers reaches the primary, whichever comes first; one of a standby alone is refused', async () => {
  const { primary, standby } = pair;
  const hosts = (...members: (typeof primary)[]) => members.map(({ port }) => `127.0.0.1:${port}`).join(',');
  for (const list of [hosts(standby, primary), hosts(primary, standby)]) {
    const storage = await postgres({ url: `postgres://postgres@${list}/postgres` }).open();
    expect(await storage.check()).toMatchObject({ ok: true });
    await addUser(storage);
    await storage.close();
  }
  const alone = postgres({ url: standby.url });
  await expect(alone.open()).rejects.toMatchObject({ code: 'unsupported_deployment' });
  expect(await alone.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('is a standby') });
  const required = postgres({ url: `${standby.url}?target_session_attrs=read-write` });
  await expect(required.open()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await required.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('read-only') });
});

async function person(): Promise<{ token: string; user: User }> {
  for (;;) {
    try {
      const { token } = await somebody(here.tradepost);
      return { token, user: (await here.tradepost.authenticate({ token })).user };
    } catch (error) {
      expect(error).toMatchObject({ code: 'storage_unavailable' });
      await pause(50);
    }
  }
}

async function readLog(userId: Id): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ; after = ids.length) {
    const page = await here.storage.trades.entriesAfter(userId, after, 1000);
    if (page.length === 0) return ids;
    ids.push(...page.map(({ tradeId }) => tradeId));
  }
}
