import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../src/adapters/client/index.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import { backoff, watching } from '../support/client/watching.js';
import { openTradepost, PASSWORD, pingPong, session, somebody, trade } from '../support/library-users.js';
import { Relay } from '../support/relay.js';
import { SECRET, serve } from '../support/sockets/socket-server.js';

describe('the client and the server', () => {
  it('carry out every operation', async () => {
    const { origin } = await serve();
    const [ann, bob] = [createClient({ url: origin }), createClient({ url: origin })];
    const account = (name: string) => ({ email: `${name}@example.org`, username: name, name, password: PASSWORD });
    expect(await ann.registerUser(account('ann'))).toMatchObject({ username: 'ann' });
    const { id: bobId } = await bob.registerUser(account('bob'));
    await expect(ann.registerUser(account('ann'))).rejects.toMatchObject({ code: 'email_taken' });
    await expect(ann.listCards()).rejects.toMatchObject({ code: 'unauthenticated' });
    const { token, session: opened } = await ann.login({ username: 'ann', password: PASSWORD });
    expect(ann.token).toBe(token);
    expect((await ann.authenticate()).session.id).toBe(opened.id);

    const once = { name: 'Ace', idempotencyKey: 'once' };
    const card = await ann.addCard(once);
    expect(await ann.addCard(once)).toEqual(card);
    expect((await ann.listCards({ limit: 1 })).items).toEqual([card]);
    const record = { cardId: card.id, recipient: { username: 'bob' } };
    const given = await ann.recordTrade(record);
    expect(given).toMatchObject({ cardName: 'Ace', recipient: { id: bobId } });
    await expect(ann.recordTrade(record)).rejects.toMatchObject({ code: 'card_not_owned', problem: { status: 409 } });
    expect((await ann.listTrades({ direction: 'sent' })).items).toEqual([given]);

    const other = await createClient({ url: origin }).login({ username: 'ann', password: PASSWORD });
    expect((await ann.listSessions()).items).toHaveLength(2);
    expect(await ann.revokeSession({ id: other.session.id })).toBeUndefined();
    await ann.revokeAllSessions({ except: 'current' });
    expect((await ann.listSessions()).items).toMatchObject([{ id: opened.id, current: true }]);
    await ann.logout();
    await expect(ann.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('use one socket for many watches, and close it with the last', async () => {
    const { origin, tradepost, sockets } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const early = await pingPong(tradepost, ann, bob, 30);
    const client = createClient({ url: origin, token: bob.token, WebSocket });
    const watches = [{}, {}, { after: 't0' }, { after: 'ta' }, {}, {}, {}].map(options => watching(client, options));
    await Promise.all(watches.map(({ live }) => live()));
    const late = await pingPong(tradepost, ann, bob, 10);
    await vi.waitFor(() => expect(sockets.size).toBe(1));
    const last = await trade(tradepost, ann, bob);
    await vi.waitFor(() => {
      for (const { trades } of watches) expect(trades.at(-1)).toBe(last);
    });
    const now = [...late, last];
    expect(watches.map(({ trades }) => trades)).toEqual([
      now,
      now,
      [...early, ...now],
      [...early.slice(10), ...now],
      now,
      now,
      now,
    ]);
    for (const { watch } of watches) {
      expect(sockets.size).toBe(1);
      watch.stop();
    }
    await vi.waitFor(() => expect(sockets.size).toBe(0));
  });

  it('end a watch with its session, and open no more sockets', async () => {
    const { origin, tradepost, server } = await serve();
    const ann = await somebody(tradepost);
    const upgrades = vi.fn();
    server.on('upgrade', upgrades);
    const { watch, ends, live } = watching(createClient({ url: origin, token: ann.token, WebSocket, backoff }));
    await live();
    const other = await session(tradepost, ann.username);
    await tradepost.revokeSession({ token: other.token, id: ann.sessionId });
    await vi.waitFor(() => expect(ends).toEqual(['unauthenticated']));
    await new Promise(passed => setTimeout(passed, 100));
    expect(upgrades).toHaveBeenCalledOnce();
    expect(watch.state).toBe('ended');
  });

  it('deliver nothing twice when data of a dropped socket arrives after all', async () => {
    const { origin, url, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const relay = new Relay(url);
    const socketUrl = await relay.listen();
    onTestFinished(() => relay.close());
    const client = createClient({ url: origin, socketUrl, token: bob.token, WebSocket, backoff });
    const { watch, trades, live } = watching(client);
    await live();
    relay.hold();
    const made = [await trade(tradepost, ann, bob)];
    await client.login({ username: bob.username, password: PASSWORD });
    await vi.waitFor(() => expect(trades).toEqual(made));
    relay.release();
    made.push(await trade(tradepost, ann, bob));
    await vi.waitFor(() => expect(trades.at(-1)).toBe(made.at(-1)));
    expect(trades).toEqual(made);
    expect(watch.state).toBe('live');
  });

  it('find each other where HTTP is mounted at a path and sockets have another', async () => {
    const { tradepost } = await openTradepost(memory());
    const app = express().use('/api/v1', httpHandler(tradepost, { secrets: [SECRET] }));
    const server = createServer(app);
    const sockets = attachWebSocket(server, tradepost, { secrets: [SECRET], path: '/live' });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    onTestFinished(async () => {
      await sockets.close();
      server.close();
      await tradepost.close();
    });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`;
    const client = createClient({ url, socketUrl: '/live', token: bob.token, WebSocket });
    const { trades, live } = watching(client);
    await live();
    const id = await trade(tradepost, ann, bob);
    await vi.waitFor(() => expect(trades).toEqual([id]));
    expect((await client.listTrades()).items).toMatchObject([{ id }]);
  });
});
