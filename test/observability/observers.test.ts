import { describe, expect, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { fetchHandler } from '../../src/adapters/driving/fetch/index.js';
import { requireSession } from '../../src/adapters/driving/http/index.js';
import type { CallEnd, ObservedCall, Observer, StorageConnector } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { combineObservers } from '../../src/main/observers.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { send } from '../support/http/requests.js';
import { pingPong, somebody } from '../support/library-users.js';
import { startObserved } from '../support/observability/observed-server.js';
import { listen, SECRET } from '../support/servers/http-server.js';
import { connect, pause } from '../support/sockets/socket-client.js';
import { leaking } from '../support/stores/leaking.js';

interface Seen {
  readonly call: ObservedCall;
  readonly end: CallEnd;
}

/** Keeps every call that has ended. */
function keeping(): { readonly seen: Seen[]; readonly observer: Observer } {
  const seen: Seen[] = [];
  return { seen, observer: { callStarted: call => ({ ended: end => void seen.push({ call, end }) }) } };
}

async function openWith(observer: Observer, storage: StorageConnector = memory()) {
  const tradepost = await createTradepost({ storage, observer, hashing: cheapHashing, rateLimits: 'off' });
  onTestFinished(() => tradepost.close());
  return tradepost;
}

const throwing = (): never => {
  throw new Error('an observer that is broken');
};

describe('an observer', () => {
  it('sees the calls of the library, with the code of the problem', async () => {
    const { seen, observer } = keeping();
    const tradepost = await openWith(observer);
    const { token } = await somebody(tradepost);
    seen.length = 0;
    await tradepost.listCards({ token });
    await expect(tradepost.listCards({ token: 'wrong' })).rejects.toThrow();
    await tradepost.watchTrades({ token }, () => undefined);
    expect(seen).toEqual([
      { call: { operation: 'cards.list', transport: 'library' }, end: { code: 'ok' } },
      {
        call: { operation: 'cards.list', transport: 'library' },
        end: { code: 'unauthenticated', status: 401, rpcCode: 401 },
      },
      { call: { operation: 'trades.watch', transport: 'library' }, end: { code: 'ok' } },
    ]);
  });

  it('sees requests of the Fetch Standard and of an application of its own', async () => {
    const { seen, observer } = keeping();
    const tradepost = await openWith(observer);
    const { token } = await somebody(tradepost);
    seen.length = 0;
    const headers = { authorization: `Bearer ${token}`, traceparent: 'given' };
    const fetching = fetchHandler(tradepost, { secrets: [SECRET] });
    await fetching(new Request('https://cards.example/me', { headers }));
    const guard = requireSession(tradepost, { secrets: [SECRET] });
    const { url, stop } = await listen((request, response) => guard(request, response, () => response.end()));
    onTestFinished(stop);
    await send(url, '/own', { headers });
    await send(url, '/own');
    const shared = { transport: 'http', method: 'GET' } as const;
    const trace = { traceparent: 'given', tracestate: undefined };
    expect(seen).toEqual([
      { call: { ...shared, operation: 'users.me', route: '/me', trace }, end: { code: 'ok', status: 200 } },
      { call: { ...shared, operation: 'users.me', trace }, end: { code: 'ok', status: 204 } },
      { call: { ...shared, operation: 'users.me' }, end: { code: 'unauthenticated', status: 401 } },
    ]);
  });

  it('that throws fails no call, over no transport, and keeps no other observer from its work', async () => {
    const { seen, observer } = keeping();
    const broken: Observer = {
      callStarted: () => ({ within: throwing, ended: throwing }),
      storageCallStarted: () => ({ within: throwing, ended: throwing }),
      tradeRecorded: throwing,
      tradeDelivered: throwing,
    };
    const entirely: Observer = {
      callStarted: throwing,
      storageCallStarted: throwing,
      tradeRecorded: throwing,
      tradeDelivered: throwing,
    };
    for (const bad of [broken, entirely, combineObservers(broken, observer), combineObservers(observer, entirely)]) {
      const { server, tradepost, socketUrl } = await startObserved({ observer: bad ?? expect.fail('none') });
      const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
      const client = await connect(socketUrl, { token: bob.token });
      await client.call('trades.watch', {});
      await pingPong(tradepost, ann, bob, 2);
      while (client.trades.length < 2) await pause(2);
      expect((await send(server.url, '/me', { headers: { authorization: `Bearer ${ann.token}` } })).status).toBe(200);
      expect((await send(server.url, '/me')).status).toBe(401);
    }
    expect(seen.filter(({ call }) => call.transport === 'http')).toHaveLength(4);
  });

  it('may run calls in a context of its own, each call once', async () => {
    const steps: string[] = [];
    const wrapping = (name: string): Observer => ({
      callStarted: ({ operation }) => ({
        within: work => {
          steps.push(`${name} enters ${operation}`);
          return work();
        },
        ended: ({ code }) => void steps.push(`${name} ends ${operation}: ${code}`),
      }),
    });
    const observer = combineObservers(wrapping('one'), undefined, null, wrapping('two')) ?? expect.fail('none');
    const tradepost = await openWith(observer);
    await expect(tradepost.listCards({ token: 'wrong' })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(steps).toEqual([
      'one enters cards.list',
      'two enters cards.list',
      'one ends cards.list: unauthenticated',
      'two ends cards.list: unauthenticated',
    ]);
  });

  it('sees every call of the store within the call, and what it failed with', async () => {
    const names: string[] = [];
    const store = leaking(memory());
    const observer: Observer = {
      storageCallStarted: ({ name }) => ({ ended: ({ code }) => void names.push(`${name}: ${code}`) }),
    };
    const tradepost = await openWith(observer, store.connector);
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    names.length = 0;
    await pingPong(tradepost, ann, bob, 1);
    await tradepost.listTrades({ token: bob.token });
    store.fail(() => new Error('broken'));
    await expect(tradepost.authenticate({ token: bob.token })).rejects.toMatchObject({ code: 'internal' });
    store.fail(null);
    expect(names).toEqual([
      'sessions.use: ok',
      'cards.add: ok',
      'sessionTrades.record: ok',
      'sessionTrades.page: ok',
      'sessions.use: internal',
    ]);
  });

  it('that observes nothing changes nothing: the store and the use cases are the same objects', async () => {
    const { observeStorage } = await import('../../src/main/observed-storage.js');
    const storage = await memory().open();
    expect(observeStorage(storage, {})).toBe(storage);
    expect(combineObservers()).toBeUndefined();
    expect(combineObservers(null, undefined)).toBeUndefined();
    const alone: Observer = {};
    expect(combineObservers(null, alone)).toBe(alone);
    expect(combineObservers({}, { tradeRecorded: () => undefined })).toEqual({ tradeRecorded: expect.any(Function) });
  });
});
