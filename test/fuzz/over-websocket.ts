import { once } from 'node:events';
import fc from 'fast-check';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { Problem } from '../../src/adapters/driving/operations/index.js';
import { errorTable } from '../../src/adapters/driving/operations/index.js';
import type { Credentials } from './credentials.js';
import { credentialsFor, headersOf } from './credentials.js';
import type { Damage, Json } from './json-text.js';
import { damage, damaged, hostileString, mutated, textOf } from './json-text.js';
import type { Outcome, Target, Transport } from './outcome.js';
import type { World } from './world.js';
import { USED_KEY } from './world.js';

interface SocketFuzzRequest {
  readonly input: Json;
  /** JSON texts; null: left out. */
  readonly idempotencyKey: string | null;
  readonly envelope: {
    readonly id: string | null;
    readonly jsonrpc: string | null;
    /** A member that requests do not have. */
    readonly more: string | null;
    readonly isBatch: boolean;
  };
  readonly damage: Damage | null;
  readonly isBinary: boolean;
  readonly credentials: Credentials;
}

const rarely = <Value>(usual: Value, others: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 24, arbitrary: fc.constant(usual) }, others);

const quoted = hostileString.map(text => JSON.stringify(text));

const ENVELOPE = fc.record({
  id: rarely<string | null>('1', fc.oneof(fc.constantFrom(null, 'null', '{}', '[1]', '1e999', '-0', 'true'), quoted)),
  jsonrpc: rarely<string | null>('"2.0"', fc.constantFrom(null, '2.0', '"1.0"', '{"__proto__":"2.0"}')),
  more: rarely<string | null>(null, quoted),
  isBatch: rarely(false, fc.constant(true)),
});

/** Closing is the right answer to a frame that is none of the protocol, and after the end of the session. */
const PROPER_CLOSES = [1003, 1007, 1009, 4401];

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: Problem };
}

export function overWebSocket(world: World): Transport<SocketFuzzRequest> {
  const sockets = new Map<string, WebSocket>();
  let lastBarrier = 0;

  /** Returns an open socket with these credentials, or the problem that the handshake was refused with. */
  async function socketFor(wanted: Credentials): Promise<WebSocket | Problem> {
    const key = JSON.stringify(wanted);
    const kept = sockets.get(key);
    if (kept?.readyState === WebSocket.OPEN) return kept;
    const opened = await open(world, wanted);
    if (opened instanceof WebSocket) sockets.set(key, opened);
    return opened;
  }

  /** Sends a message and a ping after it. Returns the messages before the answer to the ping, or until the close. */
  async function exchange(socket: WebSocket, data: Buffer, binary: boolean) {
    lastBarrier += 1;
    const barrier = `barrier ${lastBarrier}`;
    const messages: Message[] = [];
    const closed = await new Promise<number | null>(resolve => {
      const done = (code: number | null): void => {
        socket.off('message', receive).off('close', done);
        resolve(code);
      };
      const receive = (bytes: unknown): void => {
        const message = JSON.parse(String(bytes)) as Message;
        if (message.id === barrier) done(null);
        else if (message.method === undefined) messages.push(message);
      };
      socket.on('message', receive).on('close', done);
      socket.send(data, { binary });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: barrier, method: 'rpc.ping' }));
    });
    return { messages, closed };
  }

  return {
    errors: ['malformed_request', 'validation_failed'],
    requestsFor: (target, input) =>
      fc.record({
        input: mutated(input),
        idempotencyKey: target.idempotent
          ? fc.oneof(fc.constantFrom(null, '"a-new-key"', JSON.stringify(USED_KEY), '""', '1', '[]', 'null'), quoted)
          : fc.constant(null),
        envelope: ENVELOPE,
        damage,
        isBinary: rarely(false, fc.constant(true)),
        credentials: credentialsFor(target),
      }),
    isGenuine: ({ credentials: { carrier, tampering } }) => carrier !== 'none' && tampering === null,
    onReset: () => {
      // Their sessions may have ended.
      for (const socket of sockets.values()) socket.terminate();
      sockets.clear();
    },
    send: async (target, request) => {
      const socket = await socketFor(request.credentials);
      if (!(socket instanceof WebSocket)) {
        expect(request.credentials.tampering, 'a handshake with good credentials was refused').not.toBe(null);
        expect(socket.code).toBe('unauthenticated');
        return { kind: 'astray', code: socket.code };
      }
      const { messages, closed } = await exchange(socket, messageOf(target, request), request.isBinary);
      if (closed !== null) expect(PROPER_CLOSES).toContain(closed);
      expect(messages.length).toBeLessThanOrEqual(1);
      const outcome = outcomeOf(messages[0], closed);
      if (outcome.kind === 'refused' && outcome.code === 'route_not_found') {
        expect(request.damage, 'the method was not found').not.toBe(null);
        return { kind: 'astray', code: outcome.code };
      }
      // A socket without a session may have one now.
      if (request.credentials.carrier === 'none' && outcome.kind === 'succeeded') {
        socket.terminate();
        sockets.delete(JSON.stringify(request.credentials));
      }
      return outcome;
    },
  };
}

async function open({ url, tokens }: World, wanted: Credentials): Promise<WebSocket | Problem> {
  const headers = headersOf(wanted, tokens, url);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['tradepost.v1'], { headers });
  const opened = once(socket, 'open').then(() => socket);
  const refused = new Promise<Problem>((resolve, reject) => {
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () => {
        const problem = JSON.parse(Buffer.concat(chunks).toString()) as Problem;
        expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
        expect(problem).toMatchObject({ status: response.statusCode });
        expectRow(problem);
        resolve(problem);
      });
      response.on('error', reject);
    });
  });
  opened.catch(() => undefined);
  const result = await Promise.race([opened, refused]);
  socket.on('error', () => undefined);
  return result;
}

function messageOf({ name }: Target, { input, idempotencyKey, envelope, damage: done }: SocketFuzzRequest): Buffer {
  const params: Json =
    typeof input === 'string' || idempotencyKey === null
      ? input
      : { pairs: [...input.pairs, ['idempotencyKey', idempotencyKey]] };
  const { id, jsonrpc, more, isBatch } = envelope;
  const message = textOf({
    pairs: [
      ...(jsonrpc === null ? [] : [['jsonrpc', jsonrpc] as const]),
      ...(id === null ? [] : [['id', id] as const]),
      ['method', JSON.stringify(name)],
      ['params', params],
      ...(more === null ? [] : [['more', more] as const]),
    ],
  });
  return damaged(isBatch ? `[${message}]` : message, done);
}

function outcomeOf(message: Message | undefined, closed: number | null): Outcome {
  if (!message) return { kind: 'unanswered', closed };
  const { error } = message;
  if (!error) return { kind: 'succeeded', result: message.result };
  const { data } = error;
  expectRow(data);
  const codes: number[] = [errorTable[data.code].rpcCode, ...(data.code === 'malformed_request' ? [-32_700] : [])];
  expect(codes).toContain(error.code);
  expect(error.message).toBe(data.title);
  return { kind: 'refused', code: data.code };
}

function expectRow(problem: Problem): void {
  const { code } = problem;
  expect(Object.keys(errorTable)).toContain(code);
  const { title, status } = errorTable[code];
  expect(problem).toMatchObject({ type: `urn:tradepost:problem:${code}`, title, status });
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(problem.errors !== undefined).toBe(code === 'validation_failed');
}
