import type { Operation, OperationName, ProblemCode } from '../operations/index.js';
import { errorTable, operations } from '../operations/index.js';
import type { JsonSchema } from '../operations/schemas.js';
import { componentSchemas, exampleOf, hasResult, inputName, resultName, schemaOf } from '../operations/schemas.js';
import type { WebOptions } from './options.js';
import { readSelection } from './options.js';
import { secureNameOf } from './session-cookie.js';

const DIALECT = 'draft-2020-12';
const SCHEMAS = '#/components/schemas/';

/** The options of a handler that its document depends on. */
export type OpenApiOptions = Pick<WebOptions, 'only' | 'without' | 'basePath' | 'cookie'>;

/**
 * Returns an OpenAPI 3.1 document of every operation over HTTP, generated from the tables that the server uses. Pass the
 * options of the handler that it describes. Without `basePath` the server's URL is that of the document's folder.
 *
 * @throws TypeError naming the operation of `only` or `without` that does not exist
 */
export function openApiDocument(options: OpenApiOptions = {}): object {
  const offers = readSelection(options);
  const rows = (Object.entries(operations) as [OperationName, Operation][]).filter(([name]) => offers(name));
  const schemas = schemasOf(rows.map(([, row]) => row));
  const resolve = (ref: string): JsonSchema => schemas[ref.slice(SCHEMAS.length)] ?? {};
  const responses: Record<string, object> = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, row] of rows) {
    const { path, method } = row.route;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(name, row, responses, resolve) };
  }
  return {
    openapi: '3.1.1',
    info: INFO,
    servers: [{ url: options.basePath || '.' }],
    tags: [...new Set(rows.map(([name]) => tagOf(name)))].map(name => ({ name })),
    paths,
    components: {
      schemas,
      responses,
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      securitySchemes: securitySchemes(secureNameOf(options.cookie ?? {})),
    },
  };
}

const INFO = {
  title: 'Tradepost',
  version: '1.0.0',
  summary: 'Accounts, sessions, cards and trades over HTTP.',
  description:
    'Errors are problems (RFC 9457) with a stable `code`. Unknown keys are refused. Bodies are JSON of at most 16 KiB. A request ' +
    'that changes something is refused (`origin_forbidden`) if its `Origin` is foreign. Other methods on a path are answered with ' +
    '`method_not_allowed` and `Allow`, other paths with `route_not_found`. Live trades need a WebSocket: see asyncapi.json.',
  license: { name: 'MIT', identifier: 'MIT' },
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key and body by the same user within a day return the first answer again.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  example: 'gift-1',
};

const HEADERS = {
  RequestId: { description: 'Names the request in the log of the server.', schema: { type: 'string' }, required: true },
  RetryAfter: {
    description: 'Seconds to wait before the next attempt (RFC 9110, 10.2.3).',
    schema: { type: 'integer', minimum: 0 },
    required: true,
  },
  Authenticate: {
    description: 'How to authenticate (RFC 6750, 3): `Bearer`, if the request has no live session.',
    schema: { type: 'string' },
  },
  OpensSession: {
    description: 'The session cookie, HttpOnly and signed; absent if `delivery` is `token`.',
    schema: { type: 'string' },
  },
  EndsSession: {
    description: "Deletes the session cookie, if the caller's session ended.",
    schema: { type: 'string' },
  },
};

const securitySchemes = (cookie: string) => ({
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token that `POST /login` returns with `"delivery": "token"` (RFC 6750).',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: cookie,
    description:
      `The cookie that \`POST /login\` sets. Over plain http on this machine, outside production, its name has no prefix. ` +
      'A request that changes something also needs the `Origin` of the server or an allowed one, or `Sec-Fetch-Site: same-origin`; ' +
      'browsers send both.',
  },
});

const tagOf = (name: OperationName): string => name.split('.')[0] ?? name;

const isWrite = ({ route }: Operation): boolean => route.method !== 'GET';
const hasBody = (row: Operation): boolean => row.route.method === 'POST' && keysOf(row).length > 0;
const keysOf = ({ input }: Operation): string[] => Object.keys(schemaOf(input, 'input', DIALECT).properties ?? {});

/** The schemas of results and problems, and those of the bodies. */
function schemasOf(rows: readonly Operation[]): Record<string, JsonSchema> {
  const bodies = rows
    .filter(hasBody)
    .map(row => [inputName(row), withoutDefaults(schemaOf(row.input, 'input', DIALECT))]);
  const { SocketProblem: _, ...schemas } = componentSchemas(SCHEMAS, DIALECT);
  return { ...schemas, ...Object.fromEntries(bodies) };
}

/** Generators of clients make a key of a body required if it has a default, as it is in results. */
function withoutDefaults({ properties = {}, ...schema }: JsonSchema): JsonSchema {
  const own = Object.entries(properties).map(([key, { default: _, ...each }]) => [key, each]);
  return { ...schema, properties: Object.fromEntries(own) };
}

type Resolve = (ref: string) => JsonSchema;

/** Adds the responses that it refers to. */
function operationOf(name: OperationName, row: Operation, responses: Record<string, object>, resolve: Resolve): object {
  const problems: Record<string, object> = {};
  for (const codes of byStatus(problemsOf(row))) {
    const component = codes.join('_or_');
    responses[component] = problemResponse(codes);
    problems[errorTable[codes[0]].status] = { $ref: `#/components/responses/${component}` };
  }
  return {
    operationId: row.library,
    summary: row.summary,
    tags: [tagOf(name)],
    'x-json-rpc-method': name,
    security: row.access === 'session' ? [{ token: [] }, { cookie: [] }] : [],
    ...parametersOf(row),
    ...(hasBody(row) && { requestBody: bodyOf(row, resolve) }),
    responses: { [row.route.status]: successOf(row, resolve), ...problems },
  };
}

function parametersOf(row: Operation): { parameters?: object[] } {
  const { properties = {}, required = [] } = schemaOf(row.input, 'input', DIALECT);
  const isParameter = row.route.method !== 'POST';
  const own = Object.entries(isParameter ? properties : {}).map(([name, { description, ...schema }]) => {
    const inPath = row.route.path.includes(`{${name}}`);
    return { name, in: inPath ? 'path' : 'query', required: inPath || required.includes(name), description, schema };
  });
  const parameters = row.idempotent ? [...own, { $ref: '#/components/parameters/IdempotencyKey' }] : own;
  return parameters.length > 0 ? { parameters } : {};
}

function bodyOf(row: Operation, resolve: Resolve): object {
  const schema = { $ref: SCHEMAS + inputName(row) };
  const { required = [] } = resolve(schema.$ref);
  const content = { 'application/json': { schema, example: exampleOf(schema, resolve) } };
  return { required: required.length > 0, content };
}

function successOf(row: Operation, resolve: Resolve): object {
  const headers = { 'X-Request-Id': header('RequestId'), ...sessionHeader(row) };
  if (!hasResult(row)) return { description: 'Done.', headers };
  const schema = { $ref: SCHEMAS + resultName(row) };
  return {
    description: resultName(row),
    headers,
    content: { 'application/json': { schema, example: exampleOf(schema, resolve) } },
  };
}

const header = (name: keyof typeof HEADERS): object => ({ $ref: `#/components/headers/${name}` });

function sessionHeader({ session }: Operation): object {
  if (session === 'keeps') return {};
  return { 'Set-Cookie': header(session === 'opens' ? 'OpensSession' : 'EndsSession') };
}

/** The codes that an operation may be answered with over HTTP. */
export function problemsOf(row: Operation): ProblemCode[] {
  const codes: ProblemCode[] = ['malformed_request', 'request_timeout', 'misdirected_request', 'headers_too_large'];
  if (row.access === 'session') codes.push('unauthenticated');
  else codes.push('rate_limited');
  if (isWrite(row)) codes.push('origin_forbidden');
  if (row.route.method === 'POST') codes.push('payload_too_large', 'unsupported_media_type');
  codes.push('validation_failed', ...row.errors, 'internal', 'storage_unavailable');
  return [...new Set(codes)];
}

type Codes = readonly [ProblemCode, ...ProblemCode[]];

function byStatus(codes: readonly ProblemCode[]): Codes[] {
  const groups = new Map<number, [ProblemCode, ...ProblemCode[]]>();
  for (const code of codes) {
    const group = groups.get(errorTable[code].status);
    if (group) group.push(code);
    else groups.set(errorTable[code].status, [code]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
}

function problemResponse(codes: Codes): object {
  const { status, retryAfter } = errorTable[codes[0]];
  const exact = { properties: { status: { const: status }, code: { enum: codes } } };
  return {
    description: codes.map(code => errorTable[code].title).join(', or: '),
    headers: {
      'X-Request-Id': header('RequestId'),
      ...(retryAfter !== null && { 'Retry-After': header('RetryAfter') }),
      ...(codes.includes('unauthenticated') && { 'WWW-Authenticate': header('Authenticate') }),
    },
    content: {
      'application/problem+json': {
        schema: { allOf: [{ $ref: `${SCHEMAS}Problem` }, exact] },
        examples: Object.fromEntries(codes.map(code => [code, { value: exampleProblem(code) }])),
      },
    },
  };
}

function exampleProblem(code: ProblemCode): object {
  const { title, status } = errorTable[code];
  const requestId = '0b6e7b7a-5d6e-4f0c-9f3c-2f4f1f1f6f0e';
  const problem = { type: `urn:tradepost:problem:${code}`, title, status, detail: `${title}.`, code, requestId };
  if (code !== 'validation_failed') return problem;
  return { ...problem, errors: [{ pointer: '/surprise', detail: 'is not a known key' }] };
}
