import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import { expectProblem, send } from '../support/http/requests.js';
import { openTradepost, somebody } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';
import { SECRET, serve } from '../support/sockets/socket-server.js';

describe('a GET of the path of sockets without an upgrade', () => {
  it('shows to pages of every origin why a handshake from there would fail', async () => {
    const allowed = { allowedOrigins: ['https://friend.example'], allowedHosts: ['loopback'] };
    const { origin } = await serve({ webSocket: allowed });
    const get = (headers: Record<string, string>, path = '/ws') => send(origin, path, { headers });
    for (const [headers, status, code] of [
      [{}, 400, 'malformed_request'],
      [{ origin }, 400, 'malformed_request'],
      [{ origin: 'https://friend.example' }, 400, 'malformed_request'],
      [{ origin: 'https://evil.example' }, 403, 'origin_forbidden'],
      [{ origin: 'null' }, 403, 'origin_forbidden'],
      [{ host: 'rebound.example' }, 421, 'misdirected_request'],
    ] as const) {
      for (const path of ['/ws', '/ws?cookie=ignore']) {
        const answer = await get(headers, path);
        expectProblem(answer, status, code);
        expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', vary: 'Origin' });
        expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
      }
    }
  });

  it('does not depend on credentials, and does not use the session', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const [valid, invalid] = await Promise.all(
      [token, 'rubbish'].map(each => send(origin, '/ws', { headers: { authorization: `Bearer ${each}` } })),
    );
    for (const answer of [valid, invalid]) expectProblem(answer as NonNullable<typeof valid>, 400, 'malformed_request');
  });

  it('finds the server overloaded while it shuts down, so that nobody takes the path for wrong', async () => {
    const { origin, sockets } = await serve();
    await sockets.close();
    const answer = await send(origin, '/ws');
    expectProblem(answer, 503, 'overloaded');
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('is all that is taken from the application', async () => {
    const { tradepost } = await openTradepost(memory());
    const seen: string[] = [];
    const app = express();
    app.use((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.send('of the application');
    });
    const server = createServer(app);
    const options = { secrets: [SECRET] };
    const both = ['/live', '/api/ws'].map(path => attachWebSocket(server, tradepost, { ...options, path }));
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    onTestFinished(async () => {
      for (const attached of both) await attached.close();
      server.close();
      await tradepost.close();
    });
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const others = ['GET /', 'GET /live/', 'GET /liver?x', 'GET /ws', 'POST /live', 'HEAD /api/ws', 'OPTIONS /live'];
    for (const other of others) {
      const [method, path = ''] = other.split(' ');
      expect((await send(url, path, { method: method ?? '' })).status, other).toBe(200);
    }
    expect(seen).toEqual(others);
    for (const path of ['/live', '/api/ws']) {
      expectProblem(await send(url, path), 400, 'malformed_request');
      const { socket } = await connect(`ws://127.0.0.1:${port}${path}`);
      expect(socket.protocol).toBe('tradepost.v1');
    }
    expect(seen).toHaveLength(others.length);
  });
});
