import { z } from 'zod';
import type { ErrorCode } from '../../../domain/errors.js';
import type { Operation } from '../operations/index.js';
import { operations, results, watchTrades } from '../operations/index.js';
import { codeOf, PARSE_ERROR } from './json-rpc.js';
import { socketMethods } from './socket-methods.js';

/** Errors any method can answer with. */
const COMMON: readonly ErrorCode[] = [
  'malformed_request',
  'validation_failed',
  'rate_limited',
  'internal',
  'storage_unavailable',
];

/** What a login is over a socket alone: it sets no cookie, whatever it is asked for. */
const LOGIN = {
  summary:
    'Opens a new session for an account and answers its token. A socket without a session has this one from then on; a socket that has one keeps it.',
  output: results.login.required({ token: true }),
} as const;

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly errors: readonly ErrorCode[];
  readonly idempotent: boolean;
}

/** Made once, when somebody asks: the tables do not change while the process runs. */
let made: object | undefined;

/** Every method over a socket as an OpenRPC 1.3 document, made of the tables the server itself works by. */
export function openRpcDocument(): object {
  made ??= {
    openrpc: '1.3.2',
    info: {
      title: 'Tradepost',
      version: '1.0.0',
      description:
        'JSON-RPC 2.0 over WebSocket, subprotocol tradepost.v1, one request a text frame. An error carries the problem that HTTP answers with in `data`.',
    },
    methods: described().map(methodOf),
    'x-notifications': [
      {
        name: 'trades.recorded',
        summary: 'A trade the user sent or received, after `trades.watch`.',
        params: schemaOf(watchTrades.event, 'output'),
      },
    ],
  };
  return made;
}

function described(): Described[] {
  const ofTable = (Object.entries(operations) as [string, Operation][]).map(([name, row]) => ({
    name,
    summary: row.summary,
    input: row.input,
    output: row.output === results.nothing ? z.null() : row.output,
    errors: [...row.errors, ...(row.access === 'session' ? (['unauthenticated'] as const) : [])],
    idempotent: row.idempotent,
    ...(name === 'sessions.login' ? LOGIN : {}),
  }));
  const ofSocket = Object.entries(socketMethods).map(([name, { summary, input, output }]) => ({
    name,
    summary,
    input,
    output,
    errors: name.startsWith('rpc.') ? [] : (['unauthenticated'] as const),
    idempotent: false,
  }));
  return [...ofTable, ...ofSocket];
}

const IDEMPOTENCY_KEY = {
  name: 'idempotencyKey',
  required: false,
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  description: 'The same key and parameters again within a day give the first answer again.',
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

/** OpenRPC wants every code once; which of several it is stands in `data.code` of the error itself. */
function errorsOf(codes: readonly ErrorCode[]): object[] {
  const byNumber = new Map<number, ErrorCode[]>([[PARSE_ERROR, ['malformed_request']]]);
  for (const code of codes) byNumber.set(codeOf(code), [...(byNumber.get(codeOf(code)) ?? []), code]);
  return [...byNumber].map(([code, all]) => ({ code, message: all.join(' or '), data: { code: all } }));
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema {
  // Draft 7 is the one OpenRPC builds on.
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, target: 'draft-7' });
  return schema;
}
