import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { OperationName, ProblemCode } from '../../../src/adapters/driving/operations/index.js';
import { errorTable, operations, results } from '../../../src/adapters/driving/operations/index.js';
import { attachWebSocket, CloseCode } from '../../../src/adapters/driving/websocket/index.js';
import type { Tradepost } from '../../../src/index.js';
import { Client, type RpcError } from '../../support/sockets/socket-client.js';
import type { Driver } from '../driver.js';

/** Scenarios send more requests, and more bad ones, than the limits allow; the limits have their own tests. */
const limits = {
  socketsPerUser: 1000,
  messagesPerMinute: null,
  badMessages: null,
  sessionPatience: 3_600_000,
  anonymousSockets: 5000,
  anonymousSocketsPerAddress: 5000,
};

/** The errors that JSON-RPC has numbers for; all others have the HTTP status. */
const RESERVED: Partial<Record<ProblemCode, number>> = {
  malformed_request: -32_600,
  validation_failed: -32_602,
  route_not_found: -32_601,
  internal: -32_603,
};

/** Calls without a session share one socket; every session has its own. */
const NOBODY = '';

/** Acts as a program over sockets: each login has its own socket, which keeps the session. */
export async function webSocketDriver(tradepost: Tradepost): Promise<Driver> {
  const server = createServer();
  const secrets = ['a secret of the acceptance tests, long enough'];
  const attached = attachWebSocket(server, tradepost, { secrets, limits });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  const clients = new Map<string, Client>();

  /** Opens a socket without a session, or with that of a valid token. */
  const connect = async (token: string): Promise<Client> => {
    const socket = new WebSocket(url, 'tradepost.v1');
    const client = new Client(socket);
    await once(socket, 'open');
    if (token !== NOBODY) await client.ask('sessions.resume', { token });
    return client;
  };
  const clientOf = async (token: string): Promise<Client> => {
    const known = clients.get(token);
    if (known?.socket.readyState === WebSocket.OPEN) return known;
    const client = await connect(token);
    clients.set(token, client);
    return client;
  };
  const ask = async (token: string, name: OperationName, params: object): Promise<unknown> => {
    const client = await clientOf(token);
    const answer = await client.ask(name, params).catch(async (error: Error) => {
      // A request after the end of the session was not carried out, so it is sent again without a session.
      if ((await client.closed) !== CloseCode.SessionEnded) throw error;
      return (await clientOf(token)).ask(name, params);
    });
    return resultOf(name, answer);
  };
  const login = async (input: unknown) => {
    const client = await connect(NOBODY);
    const result = resultOf('sessions.login', await client.ask('sessions.login', input as object)) as { token: string };
    clients.set(result.token, client);
    return result;
  };

  return {
    call: async (name, input, caller, idempotencyKey) => {
      if (name === 'sessions.login') return (await login(input)) as never;
      const params = idempotencyKey === undefined ? input : { ...(input as object), idempotencyKey };
      return (await ask(caller?.credential ?? NOBODY, name, params as object)) as never;
    },
    login: async input => {
      const result = await login(input);
      return { caller: { credential: result.token }, result: result as never };
    },
    impostor: () => ({ credential: randomBytes(32).toString('base64url') }),
    close: async () => {
      await attached.close();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Returns the result of an answer or throws its problem, after checking what all answers have in common. */
function resultOf(name: OperationName, { jsonrpc, result, error }: Awaited<ReturnType<Client['ask']>>): unknown {
  expect(jsonrpc).toBe('2.0');
  if (error) throw refusalOf(error);
  if (operations[name].output !== results.nothing) return result;
  expect(result).toBeNull();
  return undefined;
}

function refusalOf({ code, message, data }: RpcError): Error {
  const { code: name, detail } = data as RpcError['data'] & { code: ProblemCode; detail: string };
  const { status } = errorTable[name];
  expect(code).toBe(RESERVED[name] ?? status);
  expect(data).toMatchObject({ type: `urn:tradepost:problem:${name}`, title: message, status });
  return Object.assign(new Error(detail), data);
}
