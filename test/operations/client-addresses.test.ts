import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { fetchHandler } from '../../src/adapters/driving/fetch/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { createLibrary, type Library } from '../../src/adapters/driving/library/library.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import type { UseCase, UseCases } from '../../src/index.js';
import { send } from '../support/http/requests.js';
import { openTradepost, PASSWORD } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';

const ANN = { email: 'ann@example.org', username: 'ann', name: 'Ann', password: PASSWORD };
const LOGIN = { username: 'ann', password: PASSWORD };
const OPTIONS = { secrets: ['a secret of the tests, at least 32 bytes long'], trustProxy: ['loopback'] };

interface Spied {
  readonly useCases: UseCases;
  readonly library: Library;
  /** The addresses that registrations and logins were given. */
  readonly seen: unknown[];
}

async function spy(): Promise<Spied> {
  const { tradepost } = await openTradepost(memory());
  onTestFinished(() => tradepost.close());
  const { registerUser, login } = tradepost.useCases;
  const seen: unknown[] = [];
  const noting = <Input extends { address?: unknown }, Output>(useCase: UseCase<Input, Output>) => ({
    execute: (input: Input): Promise<Output> => {
      seen.push(input.address);
      return useCase.execute(input);
    },
  });
  const useCases: UseCases = { ...tradepost.useCases, registerUser: noting(registerUser), login: noting(login) };
  return { useCases, library: createLibrary(useCases), seen };
}

async function serve(useCases: UseCases, options = OPTIONS): Promise<string> {
  const handler = httpHandler({ useCases }, options);
  const server = createServer((request, response) => handler(request, response));
  const sockets = attachWebSocket(server, { useCases }, options);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await sockets.close();
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the client's IP address reaches the use cases", () => {
  it('over HTTP, from a trusted proxy, in its canonical form', async () => {
    const { useCases, seen } = await spy();
    const url = await serve(useCases);
    const headers = { 'x-forwarded-for': '203.0.113.9, ::FFFF:192.0.2.1' };
    await send(url, '/register', { method: 'POST', headers, body: ANN });
    await send(url, '/login', { method: 'POST', headers, body: LOGIN });
    expect(seen).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  it('over HTTP, from the connection itself without a trusted proxy', async () => {
    const { useCases, seen } = await spy();
    const url = await serve(useCases, { ...OPTIONS, trustProxy: [] });
    await send(url, '/login', { method: 'POST', headers: { 'x-forwarded-for': '192.0.2.1' }, body: LOGIN });
    expect(seen).toEqual(['127.0.0.1']);
  });

  it('over fetch', async () => {
    const { useCases, seen } = await spy();
    const handle = fetchHandler({ useCases }, OPTIONS);
    const request = () =>
      new Request('https://example.org/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(LOGIN),
      });
    await handle(request(), { remoteAddress: '2001:DB8::0001' });
    await handle(request());
    await handle(request(), { remoteAddress: 'not an IP address' });
    expect(seen).toEqual(['2001:db8::1', null, null]);
  });

  it('over WebSocket', async () => {
    const { useCases, seen } = await spy();
    const url = `${(await serve(useCases)).replace('http', 'ws')}/ws`;
    const client = await connect(url, { headers: { 'x-forwarded-for': '2001:DB8::0001' } });
    await client.call('users.register', ANN);
    await client.call('sessions.login', LOGIN);
    expect(seen).toEqual(['2001:db8::1', '2001:db8::1']);
  });

  it('from callers of the library, if they pass it', async () => {
    const { library, seen } = await spy();
    await library.registerUser({ ...ANN, address: '::ffff:192.0.2.1' });
    await library.login({ ...LOGIN, address: undefined });
    await library.login(LOGIN);
    expect(seen).toEqual(['192.0.2.1', null, null]);
  });

  it('and the library refuses text that is not an IP address', async () => {
    const { library, seen } = await spy();
    for (const address of ['', 'unknown', '192.0.2.1:80']) {
      await expect(library.login({ ...LOGIN, address })).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '/address', detail: 'must be an IP address' }],
      });
    }
    expect(seen).toEqual([]);
  });
});
