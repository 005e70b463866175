import { describe, expect, it } from 'vitest';
import { cookieOf, login } from '../support/http/http-users.js';
import { PASSWORD, somebody } from '../support/library-users.js';
import { connect, refusal } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

describe('a handshake with ?cookie=ignore', () => {
  it('ignores the session of a cookie, so that the socket can get that of a token', async () => {
    const { url, origin, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const annAtHome = { email: `${ann.username}@example.org`, username: ann.username, name: '', password: PASSWORD };
    const cookie = cookieOf(await login(origin, annAtHome));
    for (const sent of [cookie, `${cookie.slice(0, -2)}xx`, `${cookie}; ${cookie}`]) {
      const client = await connect(`${url}?cookie=ignore`, { cookie: sent, origin });
      await expect(client.call('users.me')).rejects.toMatchObject({ code: 401 });
      expect(await client.call('sessions.resume', { token: bob.token })).toMatchObject({ user: { id: bob.id } });
    }
    const asking = await connect(`${url}?cookie=use`, { cookie, origin });
    expect(await asking.call('users.me')).toMatchObject({ user: { id: ann.id } });
  });

  it('gives nothing to a page of a foreign origin, and accepts a bearer token as usual', async () => {
    const { url, tradepost } = await serve();
    const { id, token } = await somebody(tradepost);
    const ignoring = `${url}?cookie=ignore`;
    expect(await refusal(ignoring, { origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    expect(await refusal(ignoring, { token: 'rubbish' })).toMatchObject({ status: 401 });
    expect(await (await connect(ignoring, { token })).call('users.me')).toMatchObject({ user: { id } });
  });
});
