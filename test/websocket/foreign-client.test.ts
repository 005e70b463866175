import { JSONRPCClient, JSONRPCErrorException, JSONRPCServer, JSONRPCServerAndClient } from 'json-rpc-2.0';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { PASSWORD } from '../support/library-users.js';
import { serve } from '../support/sockets/socket-server.js';

/** A socket used by a JSON-RPC library that knows nothing of Tradepost. */
async function open(url: string): Promise<JSONRPCServerAndClient> {
  const socket = new WebSocket(url, 'tradepost.v1');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  onTestFinished(() => socket.terminate());
  const send = (message: unknown): void => socket.send(JSON.stringify(message));
  const peer = new JSONRPCServerAndClient(new JSONRPCServer(), new JSONRPCClient(send));
  socket.on('message', data => void peer.receiveAndSend(JSON.parse(String(data)), undefined));
  return peer;
}

const account = (username: string) => ({
  email: `${username}@example.org`,
  username,
  name: username,
  password: PASSWORD,
});

describe('a foreign JSON-RPC library', () => {
  it('registers, logs in, makes a card, trades it, and the recipient is notified', async () => {
    const { url } = await serve();
    const [ann, bob] = [await open(url), await open(url)];
    for (const [peer, name] of [
      [ann, 'ann'],
      [bob, 'bob'],
    ] as const) {
      expect(await peer.request('users.register', account(name))).toMatchObject({ username: name });
      const { token } = await peer.request('sessions.login', { username: name, password: PASSWORD });
      expect(token).toMatch(/^[\w-]{43}$/);
    }
    const notified = vi.fn();
    bob.addMethod('trades.recorded', notified);
    const { cursor } = await bob.request('trades.watch', {});

    const card = await ann.request('cards.add', { name: 'Dragon', description: 'Breathes fire' });
    const gift = await ann.request('trades.record', { cardId: card.id, recipient: { username: 'bob' } });
    await vi.waitFor(() => expect(notified).toHaveBeenCalledOnce());
    const [event] = notified.mock.calls[0] ?? [];
    expect(event).toEqual({ trade: gift, cursor: expect.any(String) });
    expect(event.cursor).not.toBe(cursor);
    expect((await bob.request('cards.list', {})).items).toMatchObject([{ id: card.id }]);

    // Starts before the trade, over another socket with the same session.
    const { token } = await bob.request('sessions.login', { username: 'bob', password: PASSWORD });
    const later = await open(url);
    const again = vi.fn();
    later.addMethod('trades.recorded', again);
    expect(await later.request('sessions.resume', { token })).toMatchObject({ user: { username: 'bob' } });
    await later.request('trades.watch', { after: cursor });
    await vi.waitFor(() => expect(again.mock.calls).toEqual([[event, undefined]]));
  });

  it('sees errors with the codes of JSON-RPC or of HTTP, and with ours in their data', async () => {
    const { url } = await serve();
    const peer = await open(url);
    await peer.request('users.register', account('ann'));
    const failure = async (method: string, params: object): Promise<JSONRPCErrorException> => {
      const asked = Promise.resolve(peer.request(method, params));
      return asked.then(
        () => Promise.reject(new Error(`${method} was not refused`)),
        (error: JSONRPCErrorException) => error,
      );
    };
    const taken = await failure('users.register', account('ann'));
    expect(taken).toBeInstanceOf(JSONRPCErrorException);
    expect(taken).toMatchObject({
      code: 409,
      message: 'Email taken',
      data: { code: 'email_taken', type: 'urn:tradepost:problem:email_taken', status: 409 },
    });
    expect(await failure('cards.list', {})).toMatchObject({ code: 401, data: { code: 'unauthenticated' } });
    expect(await failure('nothing.there', {})).toMatchObject({ code: -32601, data: { code: 'route_not_found' } });
    expect(await failure('sessions.login', { username: 'ann' })).toMatchObject({
      code: -32602,
      data: { code: 'validation_failed', errors: [{ pointer: '/password', detail: 'is required' }] },
    });
  });
});
