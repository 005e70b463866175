import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StorageConnector } from '../../src/index.js';
import { addCard, program, register, stranger } from '../support/http/http-users.js';
import { send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';
import type { StoredEntry, StoredFacts } from '../support/stores/stored-facts.js';

/** Concurrent requests over HTTP that conflict with one another, for every store. */
export function raceCases(storage: () => StorageConnector, facts: StoredFacts): void {
  /** Each has its own connections, like two processes. */
  let servers: readonly [Serving, Serving];

  beforeAll(async () => {
    servers = [await serve({ storage: storage() }), await serve({ storage: storage() })];
  });
  afterAll(() => Promise.all(servers.map(({ stop }) => stop())));

  const url = (attempt: number): string => servers[attempt % 2 === 0 ? 0 : 1].url;

  const entriesOf = async (cards: readonly string[]): Promise<StoredEntry[]> =>
    (await facts.entries()).filter(({ card }) => cards.includes(card));

  it('of 1,000 registrations of one e-mail address at once, one succeeds', async () => {
    const { email } = stranger();
    const attempts = Array.from({ length: 1000 }, (_, index) => {
      const body = { ...stranger(), email: index % 3 === 0 ? email.toUpperCase() : email };
      return send(url(index), '/register', { method: 'POST', body });
    });
    const outcomes = (await Promise.all(attempts)).map(({ status, json }) => `${status} ${json.code ?? json.email}`);
    expect(outcomes.filter(outcome => outcome === `201 ${email}`)).toHaveLength(1);
    expect(outcomes.filter(outcome => outcome === '409 email_taken')).toHaveLength(999);
    expect(await facts.accountsOf(email)).toBe(1);
  });

  it('of 100 registrations of one username at once, in any case, one succeeds', async () => {
    const { username } = stranger();
    const attempts = Array.from({ length: 100 }, (_, index) => {
      const body = { ...stranger(), username: index % 2 === 0 ? username : username.toUpperCase() };
      return send(url(index >> 1), '/register', { method: 'POST', body });
    });
    const outcomes = (await Promise.all(attempts)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
    expect(outcomes.filter(outcome => outcome === '201 ')).toHaveLength(1);
    expect(outcomes.filter(outcome => outcome === '409 username_taken')).toHaveLength(99);
  });

  it('of two trades of one card at once, one succeeds, 1,000 times; logs and owners agree', async () => {
    const people = await Promise.all([0, 1, 2].map(() => register(url(0))));
    const credentials = await Promise.all(people.map(person => program(url(0), person)));
    const ids = people.map(({ id }) => id);
    const cardId = await addCard(url(0), credentials[0] ?? {});
    let owner = 0;
    const expected = [ids[owner]];
    for (let round = 0; round < 1000; round += 1) {
      const others = [0, 1, 2].filter(index => index !== owner);
      const trades = others.map((to, racer) =>
        send(url(round + racer), '/trades', {
          method: 'POST',
          headers: { ...credentials[owner] },
          body: { cardId, recipient: { id: ids[to] } },
        }),
      );
      const outcomes = (await Promise.all(trades)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
      expect([...outcomes].sort()).toEqual(['201 ', '409 card_not_owned']);
      const next = others[outcomes.indexOf('201 ')] ?? owner;
      owner = next;
      expected.push(ids[owner]);
    }

    expect(await ownersByLog(cardId, people[0]?.id ?? '')).toEqual(expected);
    expect((await facts.owners()).get(cardId)).toBe(ids[owner]);
    await expectGaplessLogs();
  }, 120_000);

  it('many trades of many cards between the same users at once: logs are gapless, and logs and owners agree', async () => {
    const people = await Promise.all([0, 1, 2, 3].map(() => register(url(0))));
    const credentials = await Promise.all(people.map(person => program(url(0), person)));
    const cards = await Promise.all(
      Array.from({ length: 40 }, (_, index) => addCard(url(0), { ...credentials[index % 4] })),
    );
    const attempts = Array.from({ length: 600 }, (_, index) => {
      // Squares reach every user and card in an irregular order.
      const [from, to, card] = [index ** 2 % 7, index ** 2 % 11, index ** 2 % 41];
      return send(url(index), '/trades', {
        method: 'POST',
        headers: { ...credentials[from % 4] },
        body: { cardId: cards[card % 40], recipient: { id: people[to % 4]?.id } },
      });
    });
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect([...new Set(statuses)].sort()).toEqual([201, 409, 422]);

    await expectGaplessLogs();
    const owners = await facts.owners();
    for (const [index, cardId] of cards.entries()) {
      const owned = await ownersByLog(cardId, people[index % 4]?.id ?? '');
      expect(owners.get(cardId)).toBe(owned.at(-1));
    }
    const recorded = statuses.filter(status => status === 201).length;
    expect(await entriesOf(cards)).toHaveLength(2 * recorded);
  });

  it('one idempotency key used 100 times at once makes one trade, and 100 equal answers', async () => {
    const [sender, recipient] = [await register(url(0)), await register(url(0))];
    const headers = { ...(await program(url(0), sender)), 'idempotency-key': randomUUID() };
    const cardId = await addCard(url(0), { authorization: headers.authorization });
    const trade = { method: 'POST', headers, body: { cardId, recipient: { id: recipient.id } } };
    await expectOneAnswer(Array.from({ length: 100 }, (_, index) => send(url(index), '/trades', trade)));
    expect(await entriesOf([cardId])).toHaveLength(2);
  });

  it('one idempotency key used 100 times at once makes one card, and 100 equal answers', async () => {
    const person = await register(url(0));
    const headers = { ...(await program(url(0), person)), 'idempotency-key': randomUUID() };
    const card = { method: 'POST', headers, body: { name: 'Ace' } };
    await expectOneAnswer(Array.from({ length: 100 }, (_, index) => send(url(index), '/cards', card)));
    expect([...(await facts.owners()).values()].filter(owner => owner === person.id)).toHaveLength(1);
  });

  it('one idempotency key used at once for two different trades records one of them', async () => {
    const [sender, recipient] = [await register(url(0)), await register(url(0))];
    const { authorization } = await program(url(0), sender);
    for (let round = 0; round < 50; round += 1) {
      const headers = { authorization, 'idempotency-key': randomUUID() };
      const cards = [await addCard(url(0), { authorization }), await addCard(url(0), { authorization })];
      const trades = cards.map((cardId, racer) =>
        send(url(racer), '/trades', { method: 'POST', headers, body: { cardId, recipient: { id: recipient.id } } }),
      );
      const outcomes = (await Promise.all(trades)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
      expect([...outcomes].sort()).toEqual(['201 ', '409 idempotency_conflict']);
      const owners = await facts.owners();
      expect(cards.filter(cardId => owners.get(cardId) === recipient.id)).toHaveLength(1);
    }
  });

  /**
   * Returns the owners of a card from first to last, by the logs alone: each owner's next entry names the recipient, and
   * the recipient's next entry must name the owner.
   */
  async function ownersByLog(cardId: string, firstOwner: string): Promise<string[]> {
    const logs = byKey(await entriesOf([cardId]), ({ user }) => user);
    const owners = [firstOwner];
    for (let owner = firstOwner; ; ) {
      const sent = logs.get(owner)?.shift();
      if (sent === undefined) break;
      const received = logs.get(sent.counterparty)?.shift();
      expect(sent).toMatchObject({ sent: true });
      expect(received).toMatchObject({ user: sent.counterparty, sent: false, trade: sent.trade, counterparty: owner });
      owner = sent.counterparty;
      owners.push(owner);
    }
    expect([...logs.values()].flat(), 'entries that belong to no trade of the card').toEqual([]);
    return owners;
  }

  /** Every log is numbered 1, 2, 3 … up to its counter, and every trade has one entry in the log of each of its parties. */
  async function expectGaplessLogs(): Promise<void> {
    const entries = await facts.entries();
    const counters = await facts.counters();
    const logs = byKey(entries, ({ user }) => user);
    expect([...logs.keys()].sort()).toEqual([...counters.keys()].sort());
    for (const [user, log] of logs) {
      expect(log.map(({ number }) => number)).toEqual(log.map((_, index) => index + 1));
      expect(log.length).toBe(counters.get(user));
    }
    for (const [one, other, ...more] of byKey(entries, ({ trade }) => trade).values()) {
      expect(more).toEqual([]);
      expect([one?.user, one?.counterparty, one?.sent]).toEqual([other?.counterparty, other?.user, !other?.sent]);
    }
  }
}

async function expectOneAnswer(attempts: ReturnType<typeof send>[]): Promise<void> {
  const answers = await Promise.all(attempts);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, answers[0]?.text).toBe(1);
  expect(answers[0]?.status).toBe(201);
}

function byKey(entries: readonly StoredEntry[], key: (entry: StoredEntry) => string): Map<string, StoredEntry[]> {
  const groups = new Map<string, StoredEntry[]>();
  for (const entry of entries) groups.set(key(entry), [...(groups.get(key(entry)) ?? []), entry]);
  return groups;
}
