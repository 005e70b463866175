import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { browser } from '../support/client/browser.js';
import { backoff, watching } from '../support/client/watching.js';
import { PASSWORD, somebody, trade } from '../support/library-users.js';
import { serve } from '../support/sockets/socket-server.js';

describe('a page', () => {
  it('whose session is a cookie watches across a new login and until the logout', async () => {
    const { origin, tradepost, sockets } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const { WebSocket, cookies } = browser(origin);
    const login = { username: bob.username, password: PASSWORD, delivery: 'cookie' } as const;
    const client = createClient({ url: origin, WebSocket, backoff });
    expect(await client.login(login)).not.toHaveProperty('token');
    expect([cookies.size, client.token]).toEqual([1, null]);
    // A new client, as after a reload of the page.
    const page = createClient({ url: origin, WebSocket, backoff });
    const { watch, trades, ends, live } = watching(page);
    await live();
    const made = [await trade(tradepost, ann, bob)];
    await vi.waitFor(() => expect(trades).toEqual(made));

    // The server ends the cookie's session and its sockets.
    await page.login(login);
    await live();
    made.push(await trade(tradepost, ann, bob));
    await vi.waitFor(() => expect(trades).toEqual(made));
    expect([ends, sockets.size]).toEqual([[], 1]);

    await page.logout();
    await vi.waitFor(() => expect(ends).toEqual(['unauthenticated']));
    expect([watch.state, cookies.size]).toEqual(['ended', 0]);
  });

  it('with a token watches, even if the browser has a cookie of another user or of an ended session', async () => {
    const { origin, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const { WebSocket, cookies } = browser(origin);
    const console = createClient({ url: origin, WebSocket });
    await console.login({ username: ann.username, password: PASSWORD, delivery: 'cookie' });
    const client = createClient({ url: origin, WebSocket, backoff });
    await client.login({ username: bob.username, password: PASSWORD });
    for (const _ of ['lives', 'ended']) {
      const { live, trades, watch } = watching(client);
      await live();
      const id = await trade(tradepost, ann, bob);
      await vi.waitFor(() => expect(trades.at(-1)).toBe(id));
      expect((await client.authenticate()).user.id).toBe(bob.id);
      watch.stop();
      await tradepost.revokeAllSessions({ token: ann.token, except: 'current' });
    }
    await client.logout();
    // Another user's cookie stays.
    expect(cookies.size).toBe(1);
  });
});
