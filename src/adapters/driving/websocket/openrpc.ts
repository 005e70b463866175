import type { ProblemCode } from '../operations/index.js';
import { errorTable, watchTrades } from '../operations/index.js';
import { schemaOf } from '../operations/schemas.js';
import type { DescribedMethod, Offers } from './described-methods.js';
import { COMMON, describeMethods } from './described-methods.js';
import { PARSE_ERROR } from './json-rpc.js';
import { SOCKET_METHODS, SUBPROTOCOL, TRADE_NOTIFICATION } from './protocol.js';

const DIALECT = 'draft-7';

/** Created once, at the first request: the tables do not change while the process runs. */
let complete: object | undefined;

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
      params: schemaOf(watchTrades.event, 'output', DIALECT),
    },
  ],
});

const IDEMPOTENCY_KEY = {
  name: 'idempotencyKey',
  required: false,
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  description: 'The same key and parameters within a day return the first result again.',
};

function methodOf({ name, summary, input, output, errors, idempotent }: DescribedMethod): object {
  const { properties = {}, required = [] } = schemaOf(input, 'input', DIALECT);
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
    result: { name: 'result', schema: schemaOf(output, 'output', DIALECT) },
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
