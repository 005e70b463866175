import { describe, expect, it } from 'vitest';
import { canonicalJson, claim, replay } from '../../src/application/idempotency.js';
import { RecordTrade } from '../../src/application/use-cases/record-trade.js';
import { addSeconds } from '../../src/domain/timestamp.js';
import type { IdempotencyClaim, PasswordHasher, RecordOutcome, SessionPolicy, TradeProposal } from '../../src/index.js';
import { Overloaded, parsePassword, StorageUnavailable } from '../../src/index.js';
import { newId } from '../../src/testing/storage-conformance/fixtures.js';
import { wire } from '../support/wire.js';

const POLICY: SessionPolicy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };

describe('canonical JSON', () => {
  it('is the same for objects whose keys come in another order, at any depth', () => {
    const one = { b: 1, a: { d: [1, { f: 1, e: null }], c: 'x' }, 10: 1, 9: 2 };
    const other = { 9: 2, 10: 1, a: { c: 'x', d: [1, { e: null, f: 1 }] }, b: 1 };
    expect(canonicalJson(one)).toBe('{"9":2,"10":1,"a":{"c":"x","d":[1,{"e":null,"f":1}]},"b":1}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
  });

  it('keeps the order of arrays, and the two are never mistaken for one another', () => {
    expect(canonicalJson([2, 1, ['b', 'a']])).toBe('[2,1,["b","a"]]');
    expect(canonicalJson(['a'])).not.toBe(canonicalJson({ 0: 'a' }));
    expect(canonicalJson('x')).toBe('"x"');
    expect(canonicalJson(null)).toBe('null');
  });
});

describe('a claim', () => {
  const now = addSeconds('2026-01-31T12:00:00.000Z' as never, 0);

  it('names the operation and its request', () => {
    expect(claim('k', 'cards.add', { name: 'Ace' }, now)).toEqual({
      key: 'k',
      request: '["cards.add",{"name":"Ace"}]',
      claimedAt: now,
    });
    expect(claim(null, 'cards.add', {}, now)).toBe(null);
  });

  it('is answered by the first answer only to the same request', () => {
    const answer = { id: 1 };
    const replayed = { outcome: 'replayed', request: '["cards.add",{}]', answer } as const;
    expect(replay(replayed, claim('k', 'cards.add', {}, now))).toBe(answer);
    for (const claimed of [claim('k', 'trades.record', {}, now), claim('k', 'cards.add', { a: 1 }, now), null]) {
      expect(() => replay(replayed, claimed)).toThrow(expect.objectContaining({ code: 'idempotency_conflict' }));
    }
  });

  it('of one operation conflicts with another one that has the same key', async () => {
    const app = await wire();
    await app.register('ann');
    const bob = await app.register('bob');
    const caller = await app.callerOf((await app.logIn('ann')).token);
    const card = await app.card(caller, 'Ace', 'key');
    const trade = { caller, cardId: card.id, recipient: { id: bob.id }, idempotencyKey: 'key' };
    await expect(app.recordTrade.execute(trade)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    const kept = (await app.storage.idempotency.removeExpired(addSeconds(app.clock.now(), 1), 10)) as number;
    expect(kept).toBe(1);
  });

  it('is not kept without a key', async () => {
    const app = await wire();
    await app.register('ann');
    const caller = await app.callerOf((await app.logIn('ann')).token);
    const [one, other] = [await app.card(caller, 'Ace'), await app.card(caller, 'Ace')];
    expect(one.id).not.toBe(other.id);
  });
});

describe('adding a card', () => {
  it('claims the key for the operation with its whole input', async () => {
    const app = await wire();
    await app.register('ann');
    const caller = await app.callerOf((await app.logIn('ann')).token);
    const claims: unknown[] = [];
    const add = app.storage.cards.add.bind(app.storage.cards);
    app.storage.cards.add = (card, claimed) => {
      claims.push(claimed);
      return add(card, claimed);
    };
    await app.card(caller, 'Ace', 'key');
    const request = '["cards.add",{"description":"","name":"Ace"}]';
    expect(claims).toEqual([{ key: 'key', request, claimedAt: app.clock.now() }]);
  });
});

describe('listing trades', () => {
  it('gives a caller the same page as its token', async () => {
    const app = await wire();
    await app.register('ann');
    const bob = await app.register('bob');
    const { token } = await app.logIn('ann');
    const caller = await app.callerOf(token);
    for (const name of ['Ace', 'King']) {
      const { id: cardId } = await app.card(caller, name);
      await app.recordTrade.execute({ caller, cardId, recipient: { id: bob.id }, idempotencyKey: null });
    }
    const range = { limit: 1, after: null, direction: 'all' } as const;
    const page = await app.listTrades.execute({ caller, ...range });
    expect(page).toMatchObject({ items: [{ cardName: 'King' }], next: 't2', latest: 't2' });
    expect(await app.listTradesOfSession.execute({ token, ...range })).toEqual(page);
  });
});

describe('recording a trade', () => {
  it('passes the caller as the sender, and the claim with operation and request', async () => {
    const app = await wire();
    const sender = await app.register('ann');
    const caller = await app.callerOf((await app.logIn('ann')).token);
    const seen: { proposal: TradeProposal; request: string | undefined }[] = [];
    const [id, cardId, recipientId] = [newId(), newId(), newId()];
    const facts = { cardOwnerId: null, recipientId: null };
    const useCase = new RecordTrade(
      Object.assign(app.storage.trades, {
        record: async (proposal: TradeProposal, claimed: IdempotencyClaim | null): Promise<RecordOutcome> => {
          seen.push({ proposal, request: claimed?.request });
          return { outcome: 'refused', facts };
        },
      }),
      { next: () => id },
      app.clock,
    );
    const trade = { caller, cardId, recipient: { id: recipientId }, idempotencyKey: 'key' };
    await expect(useCase.execute(trade)).rejects.toMatchObject({ code: 'card_not_found' });
    expect(seen).toEqual([
      {
        proposal: {
          id,
          cardId,
          sender: { id: sender.id, username: 'ann', name: 'ann' },
          recipient: { id: recipientId },
          createdAt: app.clock.now(),
        },
        request: `["trades.record",{"cardId":"${cardId}","recipient":{"id":"${recipientId}"}}]`,
      },
    ]);
  });

  it('does the same for a caller and for its token, and takes one key for one request', async () => {
    const app = await wire();
    const bob = await app.register('bob');
    await app.register('ann');
    const { token } = await app.logIn('ann');
    const caller = await app.callerOf(token);
    const [ace, king] = [await app.card(caller, 'Ace'), await app.card(caller, 'King')];
    const of = ({ id: cardId }: { id: typeof ace.id }, idempotencyKey: string | null) => ({
      cardId,
      recipient: { id: bob.id },
      idempotencyKey,
    });
    const traded = await app.recordTradeOfSession.execute({ token, ...of(ace, 'key') });
    expect(traded).toMatchObject({ cardName: 'Ace', sender: { username: 'ann' }, recipient: { username: 'bob' } });
    expect(traded.createdAt).toBe(app.clock.now());
    expect(await app.recordTrade.execute({ caller, ...of(ace, 'key') })).toEqual(traded);
    const other = await app.recordTrade.execute({ caller, ...of(king, 'other') });
    expect(await app.recordTradeOfSession.execute({ token, ...of(king, 'other') })).toEqual(other);
    const again = app.recordTradeOfSession.execute({ token, ...of(king, 'key') });
    await expect(again).rejects.toMatchObject({ code: 'idempotency_conflict' });
    const refused = app.recordTradeOfSession.execute({ token, ...of(ace, null) });
    await expect(refused).rejects.toMatchObject({ code: 'card_not_owned' });
  });

  it('of a session that has ended is refused, and changes nothing', async () => {
    const app = await wire();
    const bob = await app.register('bob');
    await app.register('ann');
    const { token } = await app.logIn('ann');
    const caller = await app.callerOf(token);
    const { id: cardId } = await app.card(caller, 'Ace');
    await app.logout.execute({ caller });
    for (const each of [token, null, 'no token']) {
      const trade = { token: each, cardId, recipient: { id: bob.id }, idempotencyKey: null };
      await expect(app.recordTradeOfSession.execute(trade)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect(await app.storage.trades.entriesAfter(bob.id, 0, 10)).toEqual([]);
  });
});

describe('logging in', () => {
  const hasherWith = (outdated: boolean, hash: () => Promise<string>): PasswordHasher => ({
    hash,
    verify: async () => ({ matches: true, outdated }),
  });

  const appWith = async (hasher: PasswordHasher) => {
    const app = await wire({ session: POLICY, hasher });
    const { id } = await app.register('ann');
    const storedHash = async () => (await app.storage.users.findAccount({ id }))?.passwordHash;
    return { ...app, storedHash };
  };

  it('replaces a hash that is outdated, and no other', async () => {
    let hashes = 0;
    const count = async () => `hash ${++hashes}`;
    const current = await appWith(hasherWith(false, count));
    await current.logIn('ann');
    expect(await current.storedHash()).toBe('hash 1');
    const outdated = await appWith(hasherWith(true, count));
    await outdated.logIn('ann');
    expect(await outdated.storedHash()).toBe('hash 3');
  });

  it('succeeds with an outdated hash while hashing is overloaded, and fails with any other error', async () => {
    let error: Error | null = null;
    const hash = async () => {
      if (error) throw error;
      return 'old';
    };
    const app = await appWith(hasherWith(true, hash));
    error = new Overloaded();
    expect((await app.logIn('ann')).user.username).toBe('ann');
    expect(await app.storedHash()).toBe('old');
    error = new StorageUnavailable();
    await expect(app.logIn('ann')).rejects.toBe(error);
  });

  it('fails for a wrong password of an account, whatever the state of its hash', async () => {
    const app = await wire({
      session: POLICY,
      hasher: { hash: async () => 'hash', verify: async () => ({ matches: false, outdated: true }) },
    });
    await app.register('ann');
    await expect(app.logIn('ann')).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it('compares the password with nothing where there is no account', async () => {
    const compared: (string | null)[] = [];
    const app = await wire({
      session: POLICY,
      hasher: {
        hash: async () => 'hash',
        verify: async (_password, stored) => {
          compared.push(stored);
          return { matches: true, outdated: false };
        },
      },
    });
    await expect(app.logIn('nobody')).rejects.toMatchObject({ code: 'invalid_credentials' });
    await app.register('ann');
    await app.logIn('ann');
    expect(compared).toEqual([null, 'hash']);
  });

  it('fails if the token generator refuses its own token, and then opens no session', async () => {
    const app = await wire();
    await app.register('ann');
    app.tokens.digest = () => null;
    await expect(app.logIn('ann')).rejects.toThrow('The token generator refused a token that it generated.');
  });

  it('ends no session without a token to replace, and digests none', async () => {
    const app = await wire();
    await app.register('ann');
    const digest = app.tokens.digest.bind(app.tokens);
    const digested: unknown[] = [];
    app.tokens.digest = token => {
      digested.push(token);
      return digest(token);
    };
    const { token } = await app.logIn('ann', null);
    expect(digested).toEqual([token]);
  });
});

describe('registering', () => {
  it('reports which of address and username is taken, and checks the password first', async () => {
    const app = await wire();
    await app.register('ann');
    await expect(app.register('ann')).rejects.toMatchObject({ code: 'email_taken' });
    app.storage.users.add = async () => 'username_taken';
    await expect(app.register('bob')).rejects.toMatchObject({ code: 'username_taken' });
    const input = { email: 'eve@example.org', username: 'eve', name: 'Eve', password: parsePassword('short') } as never;
    await expect(app.registerUser.execute(input)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/password' }],
    });
  });
});

describe('the use of a session', () => {
  it('without a token asks the generator for no digest', async () => {
    const app = await wire();
    app.tokens.digest = () => {
      throw new Error('digested nothing');
    };
    await expect(app.authenticate.execute({ token: null })).rejects.toMatchObject({ code: 'unauthenticated' });
    const page = { token: null, limit: 1, after: null, direction: 'all' } as const;
    await expect(app.listTradesOfSession.execute(page)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is written once a minute, and every second with an idle timeout', async () => {
    for (const [idleTimeout, interval] of [
      [null, 60],
      [300, 1],
    ] as const) {
      const app = await wire({ session: { lifetime: 3600, idleTimeout } });
      await app.register('ann');
      const { token, session } = await app.logIn('ann');
      app.clock.advance(interval - 0.001);
      expect((await app.callerOf(token)).session.lastUsedAt).toBe(session.lastUsedAt);
      app.clock.advance(0.001);
      expect((await app.callerOf(token)).session.lastUsedAt).toBe(app.clock.now());
    }
  });
});
