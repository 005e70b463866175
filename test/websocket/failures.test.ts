import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Logger } from '../../src/adapters/driving/http/index.js';
import type { Storage, StorageConnector } from '../../src/index.js';
import { StorageUnavailable } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import { somebody } from '../support/library-users.js';
import { handshake, rawConnect } from '../support/sockets/raw-client.js';
import { connect, refusal } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';
import { altered } from '../support/stores/altered.js';

/** A store in which finding a session waits for a gate. */
function slowSessions(): { storage: StorageConnector; gate: Gate } {
  const gate = new Gate();
  const alter = (storage: Storage): Storage => {
    const use = storage.sessions.use.bind(storage.sessions);
    storage.sessions.use = async (...parameters) => {
      await gate.pass();
      return use(...parameters);
    };
    return storage;
  };
  return { storage: altered(memory(), alter), gate };
}

function keptLog(): { logger: Logger; lines: object[] } {
  const lines: object[] = [];
  const keep = (details: object): void => void lines.push(details);
  return { logger: { info: keep, warn: keep, error: keep }, lines };
}

describe('a handshake that waits for the store', () => {
  it('holds a slot, and releases it when the client has gone', async () => {
    const { storage, gate } = slowSessions();
    const { url, origin, tradepost, sockets } = await serve({ storage, webSocket: { limits: { sockets: 1 } } });
    const ann = await somebody(tradepost);
    gate.hold();
    const client = await rawConnect(origin);
    client.socket.write(handshake({ Authorization: `Bearer ${ann.token}` }));
    await expect.poll(() => gate.held).toBe(1);
    expect(await refusal(url)).toMatchObject({ status: 503, code: 'overloaded' });
    client.socket.resetAndDestroy();
    await client.gone();
    gate.release();
    await expect.poll(async () => (await connect(url).catch(() => null))?.socket.readyState).toBe(1);
    await expect.poll(() => sockets.size).toBe(1);
  });

  it('is refused if the server has begun to stop', async () => {
    const { storage, gate } = slowSessions();
    const { url, tradepost, sockets } = await serve({ storage });
    const ann = await somebody(tradepost);
    gate.hold();
    const refused = refusal(url, ann);
    await expect.poll(() => gate.held).toBe(1);
    const stopping = sockets.close();
    gate.release();
    expect(await refused).toMatchObject({ status: 503, code: 'overloaded' });
    await stopping;
    expect(sockets.size).toBe(0);
  });

  it('is refused with 503 if the store does not respond', async () => {
    const { logger, lines } = keptLog();
    const storage = altered(memory(), opened => {
      opened.sessions.use = async () => {
        throw new StorageUnavailable({ cause: new Error('gone') });
      };
      return opened;
    });
    const { url } = await serve({ storage, webSocket: { logger } });
    const answer = await refusal(url, { token: 'x'.repeat(43) });
    expect(answer).toMatchObject({ status: 503, code: 'storage_unavailable', headers: { 'retry-after': '1' } });
    expect(lines).toMatchObject([{ code: 'storage_unavailable', err: { message: 'gone' } }]);
  });
});

describe('the current message when the server stops', () => {
  it('is answered before the socket is closed', async () => {
    const { storage, gate } = slowSessions();
    const { url, tradepost, sockets } = await serve({ storage });
    const client = await connect(url, await somebody(tradepost));
    gate.hold();
    const [asked, behind] = [client.ask('users.me'), client.ask('users.me')];
    await expect.poll(() => gate.held).toBe(1);
    const stopping = sockets.close();
    gate.release();
    expect(await asked).toMatchObject({ result: { session: { current: true } } });
    await expect(behind).rejects.toThrow('closed with 1001');
    await stopping;
  });

  it('is not waited for if it takes too long', async () => {
    const { storage, gate } = slowSessions();
    const { url, tradepost, sockets } = await serve({ storage });
    const client = await connect(url, await somebody(tradepost));
    gate.hold();
    const asked = client.ask('users.me');
    await expect.poll(() => gate.held).toBe(1);
    const stopping = sockets.close();
    await expect(asked).rejects.toThrow('closed with 1001');
    await stopping;
    expect(gate.held).toBe(1);
    gate.release();
  });
});

describe('an unhandled error', () => {
  it('in an operation is answered without its cause, and logged', async () => {
    const { logger, lines } = keptLog();
    const storage = altered(memory(), opened => {
      opened.cards.list = async () => {
        throw new Error('a secret of the store');
      };
      return opened;
    });
    const { url, tradepost } = await serve({ storage, webSocket: { logger } });
    const client = await connect(url, await somebody(tradepost));
    const { error } = await client.ask('cards.list');
    expect(error).toMatchObject({ code: -32603, data: { code: 'internal', status: 500 } });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(lines).toMatchObject([{ code: 'internal', err: { message: 'a secret of the store' } }]);
    expect(await client.call('users.me')).toBeDefined();
  });

  it('outside of any operation ends that socket with 1011, and no other', async () => {
    const { logger, lines } = keptLog();
    // A result that cannot be serialised.
    const storage = altered(memory(), opened => {
      opened.cards.list = async () => [{ id: 1n } as never];
      return opened;
    });
    const { url, tradepost } = await serve({ storage, webSocket: { logger } });
    const [client, other] = [
      await connect(url, await somebody(tradepost)),
      await connect(url, await somebody(tradepost)),
    ];
    void client.ask('cards.list').catch(() => undefined);
    expect(await client.closed).toBe(1011);
    expect(lines).toMatchObject([{ code: 'internal' }]);
    expect(await other.call('users.me')).toBeDefined();
  });

  it('in starting the watch over a session leaves no socket that would outlive it', async () => {
    const storage = altered(memory(), opened =>
      Object.assign(opened, {
        signals: {
          subscribe: () => {
            throw new Error('no signals');
          },
        },
      }),
    );
    const { url, tradepost } = await serve({ storage });
    const ann = await somebody(tradepost);
    expect(await (await connect(url, ann)).closed).toBe(1011);
    const anonymous = await connect(url);
    const answer = await anonymous.ask('sessions.resume', { token: ann.token });
    expect(answer).toMatchObject({ error: { code: -32603 } });
    await expect(anonymous.call('users.me')).rejects.toMatchObject({ code: 401 });
  });
});

describe('an HTTP server with sockets', () => {
  it('serves a request that offers to change to another protocol, without the change', async () => {
    const { origin } = await serve();
    const client = await rawConnect(origin);
    client.socket.end('GET /me HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    await client.gone();
    expect(client.status).toBe(401);
  });

  it('leaves requests that offer another protocol to other listeners', async () => {
    const { origin, server } = await serve();
    server.on('upgrade', (request, socket) => {
      if (request.headers.upgrade === 'other') socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    const client = await rawConnect(origin);
    client.socket.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
    await once(client.socket, 'close');
    expect(client.status).toBe(101);
  });
});
