import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { knownError, problemOf, retryAfterOf } from '../../src/adapters/driving/operations/index.js';
import { Overloaded, TradepostError } from '../../src/index.js';
import { somebody } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';
import { altered } from '../support/stores/altered.js';

/** An error of an application's own storage adapter. */
class DiskFull extends TradepostError {
  readonly code = 'disk_full';

  constructor() {
    super('a secret of the store');
  }
}

class SlowDown extends TradepostError {
  readonly code = 'rate_limited';

  constructor(readonly retryAfter?: unknown) {
    super('Slow down.');
  }
}

describe('an error whose code is not in the table', () => {
  it.each([
    new DiskFull(),
    Object.assign(new DiskFull(), { code: 'constructor' }),
    Object.assign(new DiskFull(), { code: undefined }),
  ])('is a problem with code `internal` that does not reveal it: %#', error => {
    expect(knownError(error)).toMatchObject({ code: 'internal', cause: error });
    const problem = problemOf(error, 'r1');
    expect(problem).toEqual({
      type: 'urn:tradepost:problem:internal',
      title: 'Internal',
      status: 500,
      detail: 'An unexpected error occurred.',
      code: 'internal',
      requestId: 'r1',
    });
    expect(retryAfterOf(error)).toBeNull();
  });

  it('is `internal` in the library, over HTTP and over WebSocket, and its cause is logged', async () => {
    const storage = altered(memory(), opened => {
      opened.cards.list = async () => {
        throw new DiskFull();
      };
      return opened;
    });
    const logged: object[] = [];
    const keep = (details: object): void => void logged.push(details);
    const { tradepost, url, origin } = await serve({
      storage,
      webSocket: { logger: { info: keep, warn: keep, error: keep } },
    });
    const { token } = await somebody(tradepost);
    const cause = expect.any(DiskFull);
    await expect(tradepost.listCards({ token })).rejects.toMatchObject({ code: 'internal', cause });
    const answer = await fetch(`${origin}/cards`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, await answer.json()]).toMatchObject([500, { code: 'internal', status: 500 }]);
    const { error } = await (await connect(url, { token })).ask('cards.list');
    expect(error).toMatchObject({ code: -32603, data: { code: 'internal', status: 500 } });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(logged).toMatchObject([{ code: 'internal', err: { code: 'disk_full' } }]);
  });
});

describe('the seconds to wait', () => {
  it('are those of the error, else those of the table', () => {
    expect(retryAfterOf(new SlowDown(3))).toBe(3);
    expect(retryAfterOf(new SlowDown())).toBe(10);
    expect(retryAfterOf(new SlowDown('soon'))).toBe(10);
    expect(retryAfterOf(new Overloaded(7))).toBe(7);
  });
});
