import asyncApi from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' };
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/adapters/driving/operations/index.js';
import { operations } from '../../src/adapters/driving/operations/index.js';
import { asyncApiDocument, CloseCode } from '../../src/adapters/driving/websocket/index.js';
import { pointerTo } from '../support/documents/openapi-checker.js';
import { stranger } from '../support/http/http-users.js';
import type { Answer, Client } from '../support/sockets/socket-client.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

interface Message {
  readonly payload: object;
  readonly examples?: readonly { readonly payload: unknown }[];
}

interface Reference {
  readonly $ref: string;
}

interface AsyncApi {
  readonly channels: {
    readonly socket: { readonly address: string; readonly messages: Readonly<Record<string, Reference>> };
  };
  readonly operations: Readonly<
    Record<string, { action: string; messages: Reference[]; reply?: { messages: Reference[] } }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const document = asyncApiDocument() as AsyncApi;
const OF_SOCKET = ['sessions.resume', 'trades.watch', 'trades.unwatch', 'rpc.ping', 'rpc.discover'];

const ajv = formats.default(new Ajv({ strict: false, allErrors: true })).addSchema(document, 'document');

/** Returns what is wrong with a message of this name. */
function flawsOf(name: string, payload: unknown): string {
  const validate = ajv.getSchema(`document#${pointerTo('components', 'messages', name, 'payload')}`);
  if (!validate) throw new Error(`the document has no message ${name}`);
  return validate(payload) ? '' : `${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(payload)}`;
}

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    // Formats such as `uri-reference` are checked too.
    const validator = formats.default(new Ajv({ strict: false, allErrors: true }));
    const validate = validator.compile(asyncApi);
    expect(validate(structuredClone(document)), validator.errorsText(validate.errors)).toBe(true);
    expect(validate({ ...document, channels: { socket: { adress: '/ws' } } })).toBe(false);
  });

  it('has every operation of the table, every method of the socket and the notification, and no other', () => {
    const expected = [...Object.keys(operations), ...OF_SOCKET, 'trades.recorded'];
    expect(Object.keys(document.operations).toSorted()).toEqual(expected.toSorted());
    for (const [name, { action, messages, reply }] of Object.entries(document.operations)) {
      const notifies = name === 'trades.recorded';
      const named = (suffixes: readonly string[]) =>
        suffixes.map(suffix => ({ $ref: `#/channels/socket/messages/${name}${suffix}` }));
      expect(action).toBe(notifies ? 'send' : 'receive');
      expect(messages).toEqual(named(notifies ? [''] : ['.request']));
      expect(reply?.messages).toEqual(notifies ? undefined : named(['.result', '.error']));
    }
  });

  it('has no reference to something that is missing', () => {
    const { messages } = document.channels.socket;
    for (const [name, { $ref }] of Object.entries(messages)) expect($ref).toBe(`#/components/messages/${name}`);
    expect(Object.keys(messages).toSorted()).toEqual(Object.keys(document.components.messages).toSorted());
    for (const { messages: own, reply } of Object.values(document.operations)) {
      for (const { $ref } of [...own, ...(reply?.messages ?? [])]) {
        expect(messages).toHaveProperty([$ref.slice('#/channels/socket/messages/'.length)]);
      }
    }
  });

  it('has examples that its schemas and the table accept', () => {
    let checked = 0;
    for (const [name, { examples = [] }] of Object.entries(document.components.messages)) {
      for (const { payload } of examples) {
        expect(flawsOf(name, payload)).toBe('');
        checked += 1;
        const row = (operations as Readonly<Record<string, Operation>>)[name.replace(/\.request$/, '')];
        const { idempotencyKey: _, ...params } = (payload as { params?: Record<string, unknown> }).params ?? {};
        if (row) expect(row.input.safeParse(params), name).toMatchObject({ success: true });
      }
    }
    expect(checked).toBeGreaterThan(30);
  });

  it('has the close codes, and describes what sockets with these options offer', () => {
    expect(document).toMatchObject({ 'x-close-codes': { SessionEnded: CloseCode.SessionEnded, TooLarge: 1009 } });
    const { channels, operations: offered } = asyncApiDocument({ path: '/api/ws', only: ['cards.list'] }) as AsyncApi;
    expect(channels.socket.address).toBe('/api/ws');
    expect(Object.keys(offered)).toEqual(['cards.list', ...OF_SOCKET, 'trades.recorded']);
  });
});

describe('a real socket', () => {
  /** Sends a request and checks it and its answer against the document. Returns `result` or the code of the error. */
  async function checked(client: Client, method: string, params: object = {}): Promise<Answer> {
    expect(flawsOf(`${method}.request`, { jsonrpc: '2.0', id: 1, method, params })).toBe('');
    const answer = await client.ask(method, params);
    expect(flawsOf(`${method}.${answer.error ? 'error' : 'result'}`, answer)).toBe('');
    return answer;
  }

  it('answers every method, and notifies, as the document says', async () => {
    const { url } = await serve();
    const [ann, bob] = [stranger(), stranger()];
    const succeeded = new Set<string>();
    const call = async (client: Client, method: string, params: object = {}): Promise<never> => {
      const { result, error } = await checked(client, method, params);
      expect(error, method).toBeUndefined();
      succeeded.add(method);
      return result as never;
    };
    const hers = await connect(url);
    const his = await connect(url);
    for (const [client, { email, username, name, password }] of [
      [hers, ann],
      [his, bob],
    ] as const) {
      await call(client, 'users.register', { email, username, name, password });
      await call(client, 'sessions.login', { username, password });
    }
    await call(his, 'trades.watch');
    const { id: cardId } = await call(hers, 'cards.add', { name: 'Dragon', idempotencyKey: 'one' });
    await call(hers, 'cards.list', { limit: 1 });
    await call(hers, 'trades.record', { cardId, recipient: { username: bob.username } });
    await call(hers, 'trades.list', { direction: 'sent' });
    await expect.poll(() => his.trades).toHaveLength(1);
    const notified = his.received.find(({ method }) => method === 'trades.recorded');
    expect(flawsOf('trades.recorded', notified)).toBe('');
    await call(his, 'trades.unwatch');
    await call(his, 'rpc.ping');
    await call(his, 'rpc.discover');
    await call(his, 'users.me');
    const second = await call(his, 'sessions.login', { username: bob.username, password: bob.password });
    const { token, session } = second as { token: string; session: { id: string } };
    await call(await connect(url), 'sessions.resume', { token });
    await call(his, 'sessions.list');
    await call(his, 'sessions.revoke', { id: session.id });
    await call(his, 'sessions.revokeAll');
    await call(hers, 'sessions.logout');
    expect([...succeeded].toSorted()).toEqual([...Object.keys(operations), ...OF_SOCKET].toSorted());
  });

  it('refuses as the document says', async () => {
    const { url } = await serve();
    const fresh = () => connect(url);
    for (const name of [...Object.keys(operations), ...OF_SOCKET]) {
      const answer = await (await fresh()).ask(name, { surprise: 1 });
      expect(answer.error?.data.code, name).toBe('validation_failed');
      expect(flawsOf(`${name}.error`, answer)).toBe('');
    }
    const client = await fresh();
    expect((await checked(client, 'users.me')).error?.data.code).toBe('unauthenticated');
    const { username, password } = stranger();
    expect((await checked(client, 'sessions.login', { username, password })).error?.data.code).toBe(
      'invalid_credentials',
    );
    for (const text of ['{', '[]', '{"jsonrpc":"2.0","id":1,"method":"trades.wach"}']) {
      expect(flawsOf('unreadable.error', await client.say(text))).toBe('');
    }
  });

  it('and the check would report a message that the document does not describe', () => {
    expect(flawsOf('rpc.ping.result', { jsonrpc: '2.0', id: 1, result: 1 })).toMatch('must be null');
    expect(flawsOf('trades.recorded', { jsonrpc: '2.0', method: 'trades.recorded', params: {} })).toMatch('required');
  });
});
