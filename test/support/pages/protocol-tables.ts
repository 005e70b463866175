import type { z } from 'zod';
import { results, watchTrades } from '../../../src/adapters/driving/operations/index.js';
import { schemaOf as describe } from '../../../src/adapters/driving/operations/schemas.js';
import { openRpcDocument } from '../../../src/adapters/driving/websocket/index.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly format?: string;
}

interface Document {
  readonly methods: readonly {
    readonly name: string;
    readonly params: readonly { readonly name: string; readonly required: boolean; readonly schema: Schema }[];
    readonly result: { readonly schema: Schema };
    readonly errors: readonly { readonly data: { readonly code: readonly string[] } }[];
  }[];
}

const schemaOf = (type: z.ZodType): Schema => describe(type, 'output', 'draft-7') as Schema;

/** The named shapes of the protocol. */
const SHAPES: Readonly<Record<string, Schema>> = {
  User: schemaOf(results.user),
  PublicUser: schemaOf(results.publicUser),
  Session: schemaOf(results.session),
  Card: schemaOf(results.card),
  Trade: schemaOf(results.trade),
};

const nameOf = (schema: Schema): string | undefined =>
  Object.keys(SHAPES).find(name => JSON.stringify(SHAPES[name]) === JSON.stringify(schema));

/** Writes a schema as the page does: `{items: Card[], next: string or null}`. */
function typeOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' or ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array' && schema.items) return `${typeOf(schema.items)}[]`;
  if (schema.type === 'object') return `{${fieldsOf(schema).join(', ')}}`;
  return { uuid: 'id', 'date-time': 'time' }[schema.format ?? ''] ?? [schema.type ?? 'anything'].flat().join(' or ');
}

const fieldsOf = ({ properties = {}, required = [] }: Schema): string[] =>
  Object.entries(properties).map(([key, schema]) => `${key}${required.includes(key) ? '' : '?'}: ${typeOf(schema)}`);

const { methods } = openRpcDocument() as Document;

/** Errors of every method, which the page lists once. */
export const COMMON_ERRORS = [
  'malformed_request',
  'validation_failed',
  'rate_limited',
  'internal',
  'storage_unavailable',
];

const table = (head: string, rows: readonly (readonly string[])[]): string =>
  [head, head.replaceAll(/[^|]+/g, '---'), ...rows.map(cells => `| ${cells.join(' | ')} |`)].join('\n');

const code = (text: string): string => `\`${text}\``;

export const shapesTable = (): string =>
  table(
    '| shape | fields |',
    Object.entries(SHAPES).map(([name, schema]) => [code(name), fieldsOf(schema).map(code).join(', ')]),
  );

export const methodsTable = (): string =>
  table(
    '| method | params | result | errors of its own |',
    methods.map(({ name, params, result, errors }) => [
      code(name),
      params.map(each => code(`${each.name}${each.required ? '' : '?'}: ${typeOf(each.schema)}`)).join(', ') || 'none',
      code(typeOf(result.schema)),
      errors
        .flatMap(({ data }) => data.code)
        .filter(each => !COMMON_ERRORS.includes(each))
        .map(code)
        .join(', ') || 'none',
    ]),
  );

export const notificationsTable = (): string =>
  table('| notification | params |', [[code('trades.recorded'), code(typeOf(schemaOf(watchTrades.event)))]]);
