import jsonSchema from '@json-schema-tools/meta-schema/schema.json' with { type: 'json' };
import openRpcSchema from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Operation, ProblemCode } from '../../src/adapters/driving/operations/index.js';
import { errorTable, operations } from '../../src/adapters/driving/operations/index.js';
import { openRpcDocument } from '../../src/adapters/driving/websocket/index.js';
import { createTradepost } from '../../src/index.js';
import { readConfig } from '../../src/main/config.js';
import { startServer } from '../../src/main/server.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { connect } from '../support/sockets/socket-client.js';
import { SECRET } from '../support/sockets/socket-server.js';

/** An object of OpenRPC: only the keys of its shape, and extensions. */
const described = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .looseObject(shape)
    .refine(
      value => Object.keys(value).every(key => key in shape || key.startsWith('x-')),
      'has a key OpenRPC does not know',
    );

const schema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

const contentDescriptor = described({
  name: z.string().min(1),
  summary: z.string().optional(),
  description: z.string().optional(),
  required: z.boolean().optional(),
  deprecated: z.boolean().optional(),
  schema,
});

/** The part of the OpenRPC 1.3 meta-schema that the document uses. */
const metaSchema = described({
  openrpc: z.string().regex(/^1\.3\.\d+$/),
  info: described({ title: z.string(), version: z.string(), description: z.string().optional() }),
  methods: z.array(
    described({
      name: z.string().min(1),
      summary: z.string().optional(),
      description: z.string().optional(),
      paramStructure: z.enum(['by-name', 'by-position', 'either']),
      params: z.array(contentDescriptor),
      result: contentDescriptor,
      errors: z.array(described({ code: z.int(), message: z.string().min(1), data: z.unknown() })),
    }),
  ),
});

const document = metaSchema.parse(openRpcDocument());
const methodOf = (name: string) => {
  const method = document.methods.find(each => each.name === name);
  if (!method) throw new Error(`the document has no ${name}`);
  return method;
};

const OF_SOCKET = ['sessions.resume', 'trades.watch', 'trades.unwatch', 'rpc.ping', 'rpc.discover'];
const COMMON = ['malformed_request', 'validation_failed', 'rate_limited', 'internal', 'storage_unavailable'];
const RESERVED: Record<string, number> = { malformed_request: -32600, validation_failed: -32602, internal: -32603 };

const codesOf = (name: string): string[] =>
  methodOf(name).errors.flatMap(({ data }) => (data as { code: string[] }).code);

/** Every `$ref` in a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? part : refsIn(part),
  );
}

const resolves = (ref: string): boolean =>
  ref.startsWith('#/') &&
  ref
    .slice(2)
    .split('/')
    .map(part => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], document) !== undefined;

describe('the OpenRPC document', () => {
  it('is valid OpenRPC', () => {
    // Both call draft 7 of JSON Schema, in which they are written, by a name of their own.
    const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#' };
    const ajv = formats.default(new Ajv({ strict: false })).addSchema({ ...jsonSchema, ...draft7 });
    ajv.addSchema({ $ref: jsonSchema.$id }, 'https://meta.json-schema.tools');
    const validate = ajv.compile({ ...openRpcSchema, ...draft7 });
    expect(validate(document), ajv.errorsText(validate.errors)).toBe(true);
    expect(validate({ ...document, methods: [{ name: 'nameless' }] })).toBe(false);
  });

  it('has every method of the table and of the socket, once, and every parameter of it once', () => {
    const names = document.methods.map(({ name }) => name);
    expect(names.sort()).toEqual([...Object.keys(operations), ...OF_SOCKET].sort());
    for (const { name, params } of document.methods) {
      expect(new Set(params.map(param => param.name)).size, name).toBe(params.length);
    }
  });

  it('has no reference to a missing definition', () => {
    expect(refsIn({ a: [{ $ref: '#/nowhere' }] })).toEqual(['#/nowhere']);
    expect(resolves('#/nowhere')).toBe(false);
    expect(refsIn(document).filter(ref => !resolves(ref))).toEqual([]);
  });

  it.each(Object.entries(operations) as [string, Operation][])('describes %s as the table does', (name, row) => {
    const { properties = {}, required = [] } = z.toJSONSchema(row.input, { io: 'input' });
    const own = row.idempotent ? ['idempotencyKey'] : [];
    const { params } = methodOf(name);
    expect(params.map(param => param.name)).toEqual([...Object.keys(properties), ...own]);
    expect(params.filter(param => param.required).map(param => param.name)).toEqual(required);
    const access = row.access === 'session' ? ['unauthenticated'] : [];
    expect(new Set(codesOf(name))).toEqual(new Set([...row.errors, ...access, ...COMMON]));
  });

  it('gives each error its number, and lists each number once', () => {
    for (const { name, errors } of document.methods) {
      const numbers = errors.map(({ code }) => code);
      expect(new Set(numbers).size, name).toBe(numbers.length);
      expect(numbers).toContain(-32700);
      for (const { code, data } of errors.filter(error => error.code !== -32700)) {
        for (const each of (data as { code: ProblemCode[] }).code) {
          expect(code, each).toBe(RESERVED[each] ?? errorTable[each].status);
        }
      }
    }
  });

  it('says that a login over a socket always returns the token', () => {
    expect(methodOf('sessions.login').result.schema).toMatchObject({ required: expect.arrayContaining(['token']) });
  });

  it('is served over HTTP and over a socket, and each of its methods exists', async () => {
    const tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
    const config = readConfig({ PORT: '0', RATE_LIMITS: 'off' });
    const server = await startServer({ tradepost, secrets: [SECRET], config, logger: pino({ level: 'silent' }) });
    onTestFinished(async () => {
      await server.stop();
      await tradepost.close();
    });
    const answer = await fetch(`${server.url}/openrpc.json`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(document)));

    const url = `${server.url.replace('http:', 'ws:')}/ws`;
    expect(await (await connect(url)).call('rpc.discover')).toEqual(JSON.parse(JSON.stringify(document)));
    for (const { name } of document.methods) {
      const { error } = await (await connect(url)).ask(name, { surprise: 1 });
      expect(error?.code, name).toBe(-32602);
      expect(error?.data.errors).toContainEqual({ pointer: '/surprise', detail: 'is not a known key' });
    }
  });
});
