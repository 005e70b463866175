import { describe, expect, it, onTestFinished } from 'vitest';
import { program, register } from '../support/http/http-users.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { handshake, rawConnect } from '../support/sockets/raw-client.js';
import { connect, refusal } from '../support/sockets/socket-client.js';

async function start(variables: Record<string, string> = {}): Promise<ServingProcess> {
  const server = await serveInProcess({ DATABASE_URL: 'memory:', ...variables });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return server;
}

describe('`tradepost serve`', () => {
  it('closes its sockets with 1001 when it stops, does not wait for one that never answers, and exits with 0', async () => {
    const server = await start();
    const person = await register(server.origin);
    const { authorization } = await program(server.origin, person);
    const [withSession, without] = [
      await connect(server.url, { headers: { authorization } }),
      await connect(server.url),
    ];
    const stubborn = await rawConnect(server.origin);
    stubborn.socket.write(handshake());
    await expect.poll(() => stubborn.status).toBe(101);

    const began = performance.now();
    const stopped = server.stop('SIGTERM');
    expect(await Promise.all([withSession.closed, without.closed])).toEqual([1001, 1001]);
    // The other client answers nothing and keeps its end of the connection open.
    expect(await stopped).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(stubborn.closeCode).toBe(1001);
  });

  it('with RATE_LIMITS=off accepts any number of messages, but still limits bad ones', async () => {
    const client = await connect((await start({ RATE_LIMITS: 'off' })).url);
    const answers = await Promise.all(Array.from({ length: 500 }, () => client.call('rpc.ping')));
    expect(answers).toEqual(Array(500).fill(null));
    for (let each = 0; each < 10; each += 1) client.socket.send('{');
    expect(await client.closed).toBe(1008);
  });

  it('accepts pages of ALLOWED_ORIGINS, and believes a trusted proxy about the URL of the request', async () => {
    const friend = 'https://friend.example';
    const { url } = await start({
      ALLOWED_ORIGINS: friend,
      TRUST_PROXY: 'loopback',
      ALLOWED_HOSTS: '127.0.0.1,cards.example',
    });
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'cards.example' };
    expect((await connect(url, { origin: friend })).socket.readyState).toBe(1);
    expect((await connect(url, { origin: 'https://cards.example', headers: forwarded })).socket.readyState).toBe(1);
    const refused = [
      { origin: 'https://cards.example' },
      { origin: 'http://cards.example', headers: forwarded },
      { origin: `${friend}.evil.example` },
    ];
    for (const credentials of refused) {
      expect(await refusal(url, credentials)).toMatchObject({ status: 403, code: 'origin_forbidden' });
    }
  });
});
