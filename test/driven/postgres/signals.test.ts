import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { listenWith } from '../../../src/adapters/driven/postgres/connections.js';
import { Database } from '../../../src/adapters/driven/postgres/database.js';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import { PostgresSignals } from '../../../src/adapters/driven/postgres/postgres-signals.js';
import { schemaNamed } from '../../../src/adapters/driven/postgres/schema.js';
import type { Id, Signal, Storage } from '../../../src/index.js';
import {
  addCard,
  addUser,
  newDigest,
  newId,
  newSession,
  proposal,
  times,
  UNCAPPED,
} from '../../../src/testing/storage-conformance/fixtures.js';

const url = inject('postgresUrl');
const schema = schemaNamed(`signals_${randomBytes(6).toString('hex')}`);
const pool = new pg.Pool({ connectionString: url, max: 3 });
/** Payloads as the database sends them. */
const payloads: string[] = [];
const listener = new pg.Client({ connectionString: url });
let here: Storage;
let there: Storage;

beforeAll(async () => {
  here = await postgres({ url, schema: schema.name }).open();
  there = await postgres({ url, schema: schema.name }).open();
  listener.on('notification', ({ payload = '' }) => payloads.push(payload));
  await listener.connect();
  await listener.query(`LISTEN ${schema.channel}`);
});
afterAll(async () => {
  await here?.close();
  await there?.close();
  await listener.end();
  await pool.end();
});

const notify = (payload: string) => pool.query('SELECT pg_notify($1, $2)', [schema.channel, payload]);

/** Starts to listen, and waits until the first signal, which is for the time before, has come. */
async function listen(signals: Storage['signals']): Promise<Signal[]> {
  const received: Signal[] = [];
  onTestFinished(signals.subscribe(signal => void received.push(signal)));
  await vi.waitFor(() => expect(received).toEqual([{ kind: 'missed' }]), { timeout: 10_000, interval: 5 });
  received.length = 0;
  return received;
}

/** Ends a session, and waits for its signal. What was sent before has come then, because notifications keep their order. */
async function untilDelivered(received: readonly Signal[]): Promise<void> {
  const user = await addUser(here);
  const session = newSession(user);
  await here.sessions.add(session, newDigest(), null, UNCAPPED);
  await here.sessions.remove(user.id, session.id);
  const ended = { kind: 'sessions_ended', sessionIds: [session.id] };
  await vi.waitFor(() => expect(received).toContainEqual(ended), { timeout: 10_000, interval: 5 });
}

async function trade(): Promise<Id[]> {
  const [ann, bob] = [await addUser(here), await addUser(here)];
  const card = await addCard(here, ann);
  const { outcome } = await here.trades.record(proposal(ann, card, { username: bob.username }), null);
  expect(outcome).toBe('recorded');
  return [ann.id, bob.id];
}

describe('new entries', () => {
  it('are signalled once in the process that writes them, and once in another', async () => {
    const [own, other] = [await listen(here.signals), await listen(there.signals)];
    const userIds = await trade();
    const signal = { kind: 'entries', userIds };
    // At once: not only when the notification is back from the database.
    expect(own).toEqual([signal]);
    await vi.waitFor(() => expect(payloads.some(payload => payload.endsWith(userIds.join(' ')))).toBe(true));
    await Promise.all([untilDelivered(own), untilDelivered(other)]);
    expect(own.filter(({ kind }) => kind === 'entries')).toEqual([signal]);
    expect(other.filter(({ kind }) => kind === 'entries')).toEqual([signal]);
  });

  it('of 200 users fit into one payload; of more, the payload says so', async () => {
    const connection = {
      database: new Database(pool, null),
      listen: listenWith(() => new pg.Client({ connectionString: url })),
      isShared: true,
    };
    const signals = new PostgresSignals(connection, schema);
    const other = await listen(there.signals);
    const [fitting, many] = [times(200).map(newId), times(201).map(newId)];
    signals.entries.publish(fitting);
    await signals.close();
    signals.entries.publish(many);
    await signals.close();
    await untilDelivered(other);
    expect(other.slice(0, 2)).toEqual([{ kind: 'entries', userIds: fitting }, { kind: 'missed' }]);
    const longest = payloads.find(payload => payload.includes(fitting.join(' ')));
    expect(longest?.length).toBeLessThan(8000);
  });

  it('are sent before the store is closed', async () => {
    const writer = await postgres({ url, schema: schema.name }).open();
    const [ann, bob] = [await addUser(writer), await addUser(writer)];
    const cards = [await addCard(writer, ann), await addCard(writer, ann)];
    const other = await listen(there.signals);
    // The hint about the first trade is sent at once. That about the second has to wait.
    await Promise.all(cards.map(card => writer.trades.record(proposal(ann, card, { id: bob.id }), null)));
    await writer.close();
    await untilDelivered(other);
    expect(other.filter(({ kind }) => kind === 'entries')).toHaveLength(2);
  });
});

describe('a trade whose signal cannot be sent', () => {
  it('is recorded, and signalled to the process itself', async () => {
    class SilentClient extends pg.Client {
      override query(...args: never[]): never {
        const [config] = args as unknown as [{ text?: string }];
        if (config.text?.startsWith('SELECT pg_notify(')) return Promise.reject(new Error('broken')) as never;
        return super.query(...(args as unknown as [string])) as never;
      }
    }
    const silent = new pg.Pool({ connectionString: url, Client: SilentClient } as pg.PoolConfig);
    const writer = await postgres({ pool: silent, schema: schema.name }).open();
    const received: Signal[] = [];
    writer.signals.subscribe(signal => void received.push(signal));
    const [ann, bob] = [await addUser(writer), await addUser(writer)];
    const card = await addCard(writer, ann);
    const { outcome } = await writer.trades.record(proposal(ann, card, { id: bob.id }), null);
    expect(outcome).toBe('recorded');
    expect(received).toContainEqual({ kind: 'entries', userIds: [ann.id, bob.id] });
    await writer.close();
    await silent.end();
  });
});

describe('processes of two versions', () => {
  it('the older one finds the users in the payload, and takes an unknown word for `missed`', async () => {
    /** The parser of the version that notified within the trade. */
    const signalOfBefore = (payload: string): unknown => {
      const [word, ...ids] = payload.split(' ');
      if (word === 'entries' && ids.length > 0) return { kind: 'entries', userIds: ids };
      if (word === 'ended' && ids.length > 0) return { kind: 'sessions_ended', sessionIds: ids };
      return { kind: 'missed' };
    };
    const userIds = await trade();
    const payload = await vi.waitFor(
      () => payloads.find(text => text.includes(userIds.join(' '))) ?? expect.fail('no payload'),
    );
    expect(signalOfBefore(payload)).toEqual({
      kind: 'entries',
      userIds: [expect.stringMatching(/^@[\w-]{12}$/), ...userIds],
    });
    expect(payloads.map(signalOfBefore)).toContainEqual({ kind: 'missed' });
  });

  it('the newer one finds the users in a payload without an origin', async () => {
    const other = await listen(there.signals);
    const [a, b] = [newId(), newId()];
    for (const payload of [`entries ${a} ${b}`, 'entries', 'cards 1', `ended ${a}`]) await notify(payload);
    await vi.waitFor(() => expect(other).toHaveLength(4));
    expect(other).toEqual([
      { kind: 'entries', userIds: [a, b] },
      { kind: 'missed' },
      { kind: 'missed' },
      { kind: 'sessions_ended', sessionIds: [a] },
    ]);
  });
});
