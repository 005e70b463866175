import { z } from '../../../peers/zod.js';
import type { Operation, OperationName, ProblemCode } from '../operations/index.js';
import { errorTable, operations, results, watchTrades } from '../operations/index.js';
import { PARSE_ERROR } from './json-rpc.js';
import { SOCKET_METHODS, SUBPROTOCOL, TRADE_NOTIFICATION } from './protocol.js';
import { socketMethods } from './socket-methods.js';

/** The errors of every method. */
const COMMON: readonly ProblemCode[] = [
  'malformed_request',
  'validation_failed',
  'rate_limited',
  'internal',
  'storage_unavailable',
];

/** Operations that open a session always return its token over a socket, because a socket cannot set a cookie. */
const OPENS_SESSION = {
  summary:
    'Opens a new session for an account and returns its token. A socket without a session gets this one; a socket that has one keeps its own.',
  output: results.login.required({ token: true }),
} as const;

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly errors: readonly ProblemCode[];
  readonly idempotent: boolean;
}

/** Created once, at the first request: the tables do not change while the process runs. */
let complete: object | undefined;

type Offers = (name: OperationName) => boolean;

/**
 * Returns an OpenRPC 1.3 document of every method over a socket, generated from the tables that the server uses; with
 * `offers`, of the operations that it accepts and the socket's own methods.
 */
export function openRpcDocument(offers?: Offers): object {
  if (offers) return createDocument(offers);
  complete ??= createDocument(() => true);
  return complete;
}

const createDocument = (offers: Offers): object => ({
  openrpc: '1.3.2',
  info: {
    title: 'Tradepost',
    version: '1.0.0',
    description: `JSON-RPC 2.0 over WebSocket, subprotocol ${SUBPROTOCOL}, one request per text message. The \`data\` of an error is the problem that HTTP returns.`,
  },
  methods: describeMethods(offers).map(methodOf),
  'x-notifications': [
    {
      name: TRADE_NOTIFICATION,
      summary: `A trade that the user sent or received, after \`${SOCKET_METHODS.watch}\`.`,
      params: schemaOf(watchTrades.event, 'output'),
    },
  ],
});

function describeMethods(offers: Offers): Described[] {
  const offered = (Object.entries(operations) as [OperationName, Operation][]).filter(([name]) => offers(name));
  const ofTable = offered.map(([name, row]) => ({
    name,
    summary: row.summary,
    input: row.input,
    output: row.output === results.nothing ? z.null() : row.output,
    errors: [...row.errors, ...(row.access === 'session' ? (['unauthenticated'] as const) : [])],
    idempotent: row.idempotent,
    ...(row.session === 'opens' ? OPENS_SESSION : {}),
  }));
  const ofSocket = Object.entries(socketMethods).map(([name, { summary, input, output, errors }]) => ({
    name,
    summary,
    input,
    output,
    errors,
    idempotent: false,
  }));
  return [...ofTable, ...ofSocket];
}

const IDEMPOTENCY_KEY = {
  name: 'idempotencyKey',
  required: false,
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  description: 'The same key and parameters within a day return the first result again.',
};

function methodOf({ name, summary, input, output, errors, idempotent }: Described): object {
  const { properties = {}, required = [] } = schemaOf(input, 'input');
  const params = Object.entries(properties).map(([key, schema]) => ({
    name: key,
    required: required.includes(key),
    schema,
  }));
  return {
    name,
    summary,
    paramStructure: 'by-name',
    params: idempotent ? [...params, IDEMPOTENCY_KEY] : params,
    result: { name: 'result', schema: schemaOf(output, 'output') },
    errors: errorsOf([...errors, ...COMMON]),
  };
}

/** OpenRPC lists each number once. An error's `data.code` says which of several errors with that number it is. */
function errorsOf(codes: readonly ProblemCode[]): object[] {
  const byNumber = new Map<number, ProblemCode[]>([[PARSE_ERROR, ['malformed_request']]]);
  for (const code of codes) {
    const { rpcCode } = errorTable[code];
    byNumber.set(rpcCode, [...(byNumber.get(rpcCode) ?? []), code]);
  }
  return [...byNumber].map(([code, all]) => ({ code, message: all.join(' or '), data: { code: all } }));
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema {
  // OpenRPC uses draft 7 of JSON Schema.
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, target: 'draft-7' });
  return schema;
}
