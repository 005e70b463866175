import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { EntryHint } from '../../../src/adapters/driven/postgres/entry-hints.js';
import { EntryHints, MAX_IDS } from '../../../src/adapters/driven/postgres/entry-hints.js';
import { newId, times } from '../../../src/testing/storage-conformance/fixtures.js';

const ids = (count: number) => times(count).map(newId);

const entries = (userIds: ReturnType<typeof ids>): EntryHint => ({ kind: 'entries', userIds });

/** Hints whose sending ends when the test says so. */
function startHints() {
  const published: EntryHint[] = [];
  const sent: EntryHint[] = [];
  const endings: { finish(): void; fail(): void }[] = [];
  const hints = new EntryHints(
    here => published.push(here),
    hint => {
      sent.push(hint);
      return new Promise<void>((finish, reject) => {
        endings.push({ finish, fail: () => reject(new Error('the pool is closed')) });
      });
    },
  );
  return {
    hints,
    published,
    sent,
    finish: () => endings.shift()?.finish(),
    fail: () => endings.shift()?.fail(),
    untilSent: (count: number) => vi.waitFor(() => expect(sent.length).toBeGreaterThanOrEqual(count), { interval: 1 }),
  };
}

/** Long enough for a hint that is not allowed to be sent. */
const aWhile = () => pause(40);

describe('hints about new entries', () => {
  it('are published in this process at once, each of them, also while others wait', () => {
    const { hints, published, sent } = startHints();
    const [first, second] = [ids(2), ids(2)];
    hints.publish(first);
    hints.publish(second);
    expect(published).toEqual([entries(first), entries(second)]);
    expect(sent).toEqual([entries(first)]);
  });

  it('stay in the process where no other can have the database open', async () => {
    const published: EntryHint[] = [];
    const hints = new EntryHints(hint => published.push(hint), null);
    const first = ids(2);
    hints.publish(first);
    expect(published).toEqual([entries(first)]);
    expect((Reflect.get(hints, 'pending') as Set<unknown>).size).toBe(0);
    await hints.close();
  });

  it('are sent at once, and those of the next milliseconds together, each user once', async () => {
    const { hints, sent, finish, untilSent } = startHints();
    const [a, b, c, d] = [newId(), newId(), newId(), newId()];
    hints.publish([a, b]);
    expect(sent).toEqual([entries([a, b])]);
    const finished = performance.now();
    finish();
    hints.publish([b, c]);
    hints.publish([c, d]);
    await untilSent(2);
    // Timers count whole milliseconds.
    expect(performance.now() - finished).toBeGreaterThanOrEqual(4);
    expect(sent.slice(1)).toEqual([entries([b, c, d])]);
  });

  it('are sent one at a time, and not at all while there are none', async () => {
    const { hints, sent, finish, untilSent } = startHints();
    hints.publish(ids(2));
    hints.publish(ids(2));
    await aWhile();
    expect(sent).toHaveLength(1);
    finish();
    await untilSent(2);
    finish();
    await aWhile();
    expect(sent).toHaveLength(2);
  });

  it('name up to 200 users; more become `missed`, and their ids are not kept', async () => {
    const { hints, sent, finish, untilSent } = startHints();
    const [few, many] = [ids(MAX_IDS), ids(10_000)];
    hints.publish(few);
    expect(sent).toEqual([entries(few)]);
    for (const id of many) hints.publish([id]);
    expect((Reflect.get(hints, 'pending') as Set<unknown>).size).toBe(MAX_IDS + 1);
    finish();
    await untilSent(2);
    expect(sent[1]).toEqual({ kind: 'missed' });
  });

  it('that cannot be sent are sent once more and then dropped; later ones are sent', async () => {
    const { hints, sent, finish, fail, untilSent } = startHints();
    const [first, second] = [ids(2), ids(2)];
    hints.publish(first);
    fail();
    await untilSent(2);
    expect(sent[1]).toEqual(entries(first));
    fail();
    await aWhile();
    expect(sent).toHaveLength(2);
    hints.publish(second);
    await untilSent(3);
    expect(sent[2]).toEqual(entries(second));
    finish();
  });

  it('do not fail where sending throws at once', async () => {
    const hints = new EntryHints(
      () => undefined,
      () => {
        throw new Error('the pool is closed');
      },
    );
    expect(() => hints.publish(ids(2))).not.toThrow();
    await hints.close();
  });

  it('keep no process alive during the pause', async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter(resource => resource === 'Timeout').length;
    const before = countTimers();
    const sent: EntryHint[] = [];
    const hints = new EntryHints(
      () => undefined,
      async hint => sent.push(hint),
    );
    hints.publish(ids(2));
    // Only microtasks: no timer of anybody else starts or ends.
    for (let turn = 0; turn < 20; turn += 1) await undefined;
    expect(countTimers()).toBe(before);
    hints.publish(ids(2));
    expect(sent).toHaveLength(1);
    await hints.close();
  });

  it('that wait are sent at the end', async () => {
    const { hints, sent, finish } = startHints();
    const [first, second] = [ids(2), ids(2)];
    hints.publish(first);
    hints.publish(second);
    const closed = hints.close();
    expect(sent).toEqual([entries(first), entries(second)]);
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    finish();
    await aWhile();
    expect(isClosed).toBe(false);
    finish();
    await closed;
  });

  it('that nobody takes delay the end by half a second', async () => {
    const { hints } = startHints();
    hints.publish(ids(2));
    const began = performance.now();
    await hints.close();
    const taken = performance.now() - began;
    expect(taken).toBeGreaterThanOrEqual(490);
    expect(taken).toBeLessThan(3000);
  });
});
