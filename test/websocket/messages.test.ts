import { describe, expect, it } from 'vitest';
import { PASSWORD, somebody, trade } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

describe('messages', () => {
  it('carry every operation, with the result and the errors it has everywhere', async () => {
    const { url, tradepost } = await serve();
    const bob = await somebody(tradepost);
    const client = await connect(url);
    const account = { email: 'ann@example.org', username: 'ann', name: 'Ann', password: PASSWORD };
    expect(await client.call('users.register', account)).toMatchObject({ username: 'ann' });
    await expect(client.call('users.register', account)).rejects.toMatchObject({
      code: 409,
      data: {
        code: 'email_taken',
        status: 409,
        type: 'urn:tradepost:problem:email_taken',
        requestId: expect.any(String),
      },
    });
    const { token } = (await client.call('sessions.login', {
      username: 'ann',
      password: PASSWORD,
      delivery: 'cookie',
    })) as { token: string };
    expect(token).toMatch(/^[\w-]{43}$/);
    const card = (await client.call('cards.add', { name: 'Ace', idempotencyKey: 'k1' })) as { id: string };
    expect(await client.call('cards.add', { name: 'Ace', idempotencyKey: 'k1' })).toEqual(card);
    await expect(client.call('cards.add', { name: 'Two', idempotencyKey: 'k1' })).rejects.toMatchObject({ code: 409 });
    await expect(client.call('cards.add', { name: 'Two', idempotencyKey: 5 })).rejects.toMatchObject({
      code: -32602,
      data: { errors: [{ pointer: '/idempotencyKey' }] },
    });
    await expect(client.call('cards.list', { idempotencyKey: 'k' })).rejects.toMatchObject({ code: -32602 });
    expect(await client.call('trades.record', { cardId: card.id, recipient: { id: bob.id } })).toMatchObject({
      cardName: 'Ace',
    });
    await expect(client.call('trades.record', { cardId: card.id, recipient: { id: bob.id } })).rejects.toMatchObject({
      code: 409,
      data: { code: 'card_not_owned' },
    });
    expect(await client.call('trades.list')).toMatchObject({ items: [{ cardId: card.id }], next: null });
    await expect(client.call('trades.list', { after: 'x' })).rejects.toMatchObject({
      code: -32602,
      data: { code: 'validation_failed' },
    });
    expect(await client.call('sessions.revokeAll', { except: 'current' })).toBeNull();
  });

  it('that are not requests are answered with the codes of JSON-RPC, with the id if there is one', async () => {
    const { url, tradepost } = await serve();
    const cases: [string, number, unknown][] = [
      ['{', -32700, null],
      ['', -32700, null],
      ['{"jsonrpc":"2.0","jsonrpc":"2.0"}', -32700, null],
      [`${'['.repeat(9)}${']'.repeat(9)}`, -32700, null],
      ['[]', -32600, null],
      ['[{"jsonrpc":"2.0","id":1,"method":"users.me"}]', -32600, null],
      ['"text"', -32600, null],
      ['{"jsonrpc":"1.0","id":7,"method":"users.me"}', -32600, 7],
    ];
    const more: [string, number, unknown][] = [
      ['{"jsonrpc":"2.0","id":{},"method":"users.me"}', -32600, null],
      ['{"jsonrpc":"2.0","id":"a","method":5}', -32600, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"users.me","extra":1}', -32600, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"users.me","params":[]}', -32602, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"nothing.there"}', -32601, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"toString"}', -32601, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"users.me","params":{"x":1}}', -32602, 'a'],
      ['{"jsonrpc":"2.0","id":"a","method":"users.me","params":{"__proto__":1}}', -32602, 'a'],
    ];
    for (const some of [cases, more]) {
      const client = await connect(url, await somebody(tradepost));
      for (const [text, code, id] of some) {
        const answer = await client.say(text);
        expect({ text, code: answer.error?.code, id: answer.id }).toEqual({ text, code, id });
      }
    }
  });

  it('without an id are carried out but not answered', async () => {
    const { url, tradepost } = await serve();
    const ann = await somebody(tradepost);
    const client = await connect(url, ann);
    client.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'cards.add', params: { name: 'Ace' } }));
    client.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'nothing.there' }));
    expect(await client.call('cards.list')).toMatchObject({ items: [{ name: 'Ace' }] });
    expect(client.received).toHaveLength(1);
  });

  it('are answered in the order they came, however many are sent ahead', async () => {
    const { url, tradepost } = await serve({ webSocket: { limits: { messagesPerMinute: null } } });
    const client = await connect(url, await somebody(tradepost));
    const asked = Array.from({ length: 300 }, () => client.call('cards.add', { name: 'Ace' }));
    await Promise.all(asked);
    expect(client.received.map(({ id }) => id)).toEqual(asked.map((_, index) => index + 1));
  });

  it('are each authenticated: after the end of the session none is carried out', async () => {
    const { url, tradepost } = await serve();
    const ann = await somebody(tradepost);
    const client = await connect(url, ann);
    await client.call('users.me');
    void client.ask('sessions.logout').catch(() => undefined);
    const late = client.ask('users.register', {
      email: 'late@example.org',
      username: 'late',
      name: 'Late',
      password: PASSWORD,
    });
    await expect(late).rejects.toThrow('4401');
    expect(client.received.at(-1)).toMatchObject({ id: 2, result: null });
    await expect(tradepost.login({ username: 'late', password: PASSWORD })).rejects.toMatchObject({
      code: 'invalid_credentials',
    });
  });
});

describe('a socket without a session', () => {
  it('is closed with 4408 when it gets none in time', async () => {
    const { url, tradepost } = await serve({ webSocket: { limits: { sessionPatience: 100 } } });
    const [idle, resumed] = [await connect(url), await connect(url)];
    const ann = await somebody(tradepost);
    await resumed.call('sessions.resume', { token: ann.token });
    expect(await idle.closed).toBe(4408);
    expect(await resumed.call('users.me')).toMatchObject({ user: { id: ann.id } });
    await expect(resumed.call('sessions.resume', { token: ann.token })).rejects.toMatchObject({ code: -32600 });
  });

  it('does not get a session from a token that is not valid', async () => {
    const { url } = await serve();
    const client = await connect(url);
    await expect(client.call('sessions.resume', { token: 'x'.repeat(43) })).rejects.toMatchObject({ code: 401 });
    await expect(client.call('trades.watch')).rejects.toMatchObject({ code: 401 });
  });
});

describe('trades.watch', () => {
  it('answers first, then sends missed and new trades, each once and in order', async () => {
    const { url, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const { latest } = await tradepost.listTrades({ token: bob.token });
    const made = [await trade(tradepost, ann, bob), await trade(tradepost, ann, bob)];
    const client = await connect(url, bob);
    expect(await client.call('trades.watch', { after: latest })).toEqual({ cursor: latest });
    made.push(await trade(tradepost, ann, bob));
    await expect.poll(() => client.trades).toEqual(made);
    expect(client.received[0]).toHaveProperty('result');

    expect(await client.call('trades.watch', { after: client.lastCursor })).toEqual({ cursor: client.lastCursor });
    made.push(await trade(tradepost, ann, bob));
    await expect.poll(() => client.trades).toEqual(made);
    expect(await client.call('trades.unwatch')).toBeNull();
    await trade(tradepost, ann, bob);
    await client.call('rpc.ping');
    expect(client.trades).toEqual(made);
  });
});
