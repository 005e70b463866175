import type { z } from 'zod';
import type { ProblemCode } from '../operations/index.js';
import { errorTable, results, watchTrades } from '../operations/index.js';
import type { JsonSchema } from '../operations/schemas.js';
import { componentSchemas, exampleOf, schemaOf } from '../operations/schemas.js';
import { readSelection } from '../web/options.js';
import { secureNameOf } from '../web/session-cookie.js';
import type { WebSocketOptions } from './attach-websocket.js';
import type { DescribedMethod } from './described-methods.js';
import { COMMON, describeMethods } from './described-methods.js';
import { PARSE_ERROR } from './json-rpc.js';
import { MAX_PAYLOAD } from './limits.js';
import { CloseCode, SOCKET_METHODS, SUBPROTOCOL, TRADE_NOTIFICATION } from './protocol.js';

const DIALECT = 'draft-7';
const SCHEMAS = '#/components/schemas/';
const CHANNEL = { $ref: '#/channels/socket' };

/** The options of `attachWebSocket` that its document depends on. */
export type AsyncApiOptions = Pick<WebSocketOptions, 'only' | 'without' | 'path' | 'cookie'>;

/**
 * Returns an AsyncAPI 3.0 document of the socket: every request with its answers, and the notifications, generated from
 * the tables that the server uses. Pass the options of the sockets that it describes.
 *
 * @throws TypeError naming the operation of `only` or `without` that does not exist
 */
export function asyncApiDocument(options: AsyncApiOptions = {}): object {
  const methods = describeMethods(readSelection(options));
  const { Problem: _, ...schemas } = componentSchemas(SCHEMAS, DIALECT, { TradeEvent: watchTrades.event });
  const resolve = (ref: string): JsonSchema => schemas[ref.slice(SCHEMAS.length)] ?? {};
  const requests = methods.flatMap(method => messagesOf(method, resolve));
  const messages = Object.fromEntries([
    ...requests,
    ['unreadable.error', unreadable()],
    [TRADE_NOTIFICATION, notification(resolve)],
  ]);
  return {
    asyncapi: '3.0.0',
    info: INFO,
    defaultContentType: 'application/json',
    servers: {
      tls: { host: '{host}', protocol: 'wss', variables: HOST, security: SECURITY },
      plain: { host: '{host}', protocol: 'ws', description: 'Without TLS.', variables: HOST, security: SECURITY },
    },
    channels: { socket: channelOf(options.path ?? '/ws', Object.keys(messages)) },
    operations: Object.fromEntries([
      ...methods.map(({ name, summary }) => [name, operationOf(name, summary)]),
      [
        TRADE_NOTIFICATION,
        { action: 'send', channel: CHANNEL, summary: NOTIFIES, messages: [inChannel(TRADE_NOTIFICATION)] },
      ],
    ]),
    components: {
      schemas,
      messages,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token that a login returned.' },
        cookie: {
          type: 'httpApiKey',
          in: 'cookie',
          name: secureNameOf(options.cookie ?? {}),
          description: 'The session cookie. The handshake then needs the `Origin` of the server or an allowed one.',
        },
      },
    },
    'x-close-codes': closeCodes(),
  };
}

const INFO = {
  title: 'Tradepost',
  version: '1.0.0',
  description:
    `JSON-RPC 2.0 over WebSocket, subprotocol \`${SUBPROTOCOL}\`, one object per text message of at most ${MAX_PAYLOAD} bytes. ` +
    `Without credentials in the handshake, the first request is \`sessions.login\` or \`${SOCKET_METHODS.resume}\`, within 10 s.`,
  license: { name: 'MIT' },
};

const NOTIFIES = `A trade that the user sent or received, after \`${SOCKET_METHODS.watch}\`: once, in order.`;

const HOST = { host: { default: 'localhost:3000', description: 'Host name and port of the server.' } };

const SECURITY = ['token', 'cookie'].map(name => ({ $ref: `#/components/securitySchemes/${name}` }));

const channelOf = (address: string, names: readonly string[]): object => ({
  address,
  title: 'The socket',
  messages: Object.fromEntries(names.map(name => [name, { $ref: `#/components/messages/${name}` }])),
  bindings: {
    ws: {
      method: 'GET',
      query: {
        type: 'object',
        properties: {
          cookie: { const: 'ignore', description: 'For a page whose session is a token: the cookie is ignored.' },
        },
      },
      bindingVersion: '0.1.0',
    },
  },
});

const inChannel = (message: string): object => ({ $ref: `#/channels/socket/messages/${message}` });

const operationOf = (name: string, summary: string): object => ({
  action: 'receive',
  channel: CHANNEL,
  summary,
  messages: [inChannel(`${name}.request`)],
  reply: { channel: CHANNEL, messages: ['result', 'error'].map(kind => inChannel(`${name}.${kind}`)) },
});

type Resolve = (ref: string) => JsonSchema;

const ID = { description: "The request's id.", type: ['string', 'number', 'null'], examples: [1] };
const VERSION = { const: '2.0' };
const CORRELATION = { location: '$message.payload#/id' };

const envelope = (
  properties: Readonly<Record<string, object>>,
  required: readonly string[] = Object.keys(properties),
) => ({
  type: 'object',
  properties: { jsonrpc: VERSION, ...properties },
  required: ['jsonrpc', ...required],
  additionalProperties: false,
});

/** The request of a method, its result and its error. */
function messagesOf(
  { name, summary, input, output, errors, idempotent }: DescribedMethod,
  resolve: Resolve,
): [string, object][] {
  const params = paramsOf(schemaOf(input, 'input', DIALECT), idempotent);
  const needed = (params.required ?? []).length > 0 ? ['method', 'params'] : ['method'];
  const request = envelope({ id: ID, method: { const: name }, params }, needed);
  const result = envelope({ id: ID, result: resultOf(output) });
  const named = [
    ['request', summary, request],
    ['result', `The answer to \`${name}\`.`, result],
  ] as const;
  const error = errorOf(`The error of \`${name}\`.`, [...COMMON, ...errors]);
  return [
    ...named.map(([kind, text, payload]): [string, object] => [
      `${name}.${kind}`,
      {
        name: `${name}.${kind}`,
        summary: text,
        correlationId: CORRELATION,
        payload,
        examples: [{ payload: exampleOf(payload as JsonSchema, resolve) }],
      },
    ]),
    [`${name}.error`, { name: `${name}.error`, ...error }],
  ];
}

const IDEMPOTENCY_KEY: JsonSchema & { readonly pattern: string } = {
  description: 'The same key and parameters within a day return the first result again.',
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,255}$',
  examples: ['gift-1'],
};

const paramsOf = (schema: JsonSchema, idempotent: boolean): JsonSchema =>
  idempotent ? { ...schema, properties: { ...schema.properties, idempotencyKey: IDEMPOTENCY_KEY } } : schema;

/** A reference where the result has a name of its own. */
function resultOf(output: z.ZodType): JsonSchema {
  const name = Object.entries(results).find(([, schema]) => schema === output)?.[0];
  if (name === undefined) return schemaOf(output, 'output', DIALECT);
  return { $ref: `${SCHEMAS}${name.charAt(0).toUpperCase()}${name.slice(1)}` };
}

function errorOf(summary: string, codes: readonly ProblemCode[], numbers: readonly number[] = numbersOf(codes)) {
  const data = {
    allOf: [{ $ref: `${SCHEMAS}SocketProblem` }, { properties: { code: { enum: [...new Set(codes)] } } }],
  };
  const error = {
    type: 'object',
    properties: { code: { enum: [...new Set(numbers)] }, message: { type: 'string' }, data },
    required: ['code', 'message', 'data'],
    additionalProperties: false,
  };
  return { summary, correlationId: CORRELATION, payload: envelope({ id: ID, error }) };
}

const numbersOf = (codes: readonly ProblemCode[]): number[] => codes.map(code => errorTable[code].rpcCode);

const UNREADABLE = ['malformed_request', 'validation_failed', 'route_not_found', 'rate_limited'] as const;

/** The answer to a message that cannot be read, or that has an unknown method: it belongs to no operation. */
const unreadable = (): object => ({
  name: 'unreadable.error',
  ...errorOf('The answer to a message that is not a request, or has an unknown method.', UNREADABLE, [
    PARSE_ERROR,
    ...numbersOf(UNREADABLE),
  ]),
});

function notification(resolve: Resolve): object {
  const payload = envelope({ method: { const: TRADE_NOTIFICATION }, params: { $ref: `${SCHEMAS}TradeEvent` } });
  return {
    name: TRADE_NOTIFICATION,
    summary: NOTIFIES,
    payload,
    examples: [{ payload: exampleOf(payload as JsonSchema, resolve) }],
  };
}

const closeCodes = (): Record<string, number> =>
  Object.fromEntries(
    Object.entries(CloseCode).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
