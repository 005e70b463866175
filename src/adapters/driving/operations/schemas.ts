import { z } from '../../../peers/zod.js';
import { errorTable, type Problem, type ProblemCode } from './error-table.js';
import type { Operation } from './operation.js';
import * as results from './results.js';
import { operations } from './table.js';

/*
 * JSON Schemas for the documents that are generated from the table: OpenAPI, OpenRPC and AsyncAPI.
 */

/** A schema of JSON Schema, as far as the documents and the reference page read it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** OpenAPI 3.1 uses 2020-12; OpenRPC 1.3 and AsyncAPI 3.0 use draft 7. */
export type Dialect = 'draft-2020-12' | 'draft-7';

const codes = Object.keys(errorTable) as [ProblemCode, ...ProblemCode[]];

/** The shape of every problem over HTTP. */
export const problem = z.strictObject({
  type: z.string().meta({ description: '`urn:tradepost:problem:` and the code.' }),
  title: z.string().describe('The same for every occurrence of the code.'),
  status: z.int().min(400).max(599).describe('The HTTP status.'),
  detail: z.string().describe('What is wrong, for people.'),
  code: z.enum(codes),
  requestId: z.string().describe('Names the request in the log of the server; over HTTP also `X-Request-Id`.'),
  errors: z
    .array(z.strictObject({ pointer: z.string().describe('JSON Pointer (RFC 6901).'), detail: z.string() }))
    .exactOptional()
    .describe('Each violation, if the code is `validation_failed`.'),
}) satisfies z.ZodType<Problem>;

/** The shape of every problem over a socket, which has no headers. */
export const socketProblem = problem.extend({
  retryAfter: z.int().min(0).exactOptional().describe('Seconds to wait before the next attempt, where waiting helps.'),
});

const NAMED: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(Object.entries(results).map(([name, schema]) => [capitalised(name), schema])),
  Problem: problem,
  SocketProblem: socketProblem,
};

/** The name of the schema of an operation's input in the documents. */
export const inputName = ({ library }: Operation): string => `${capitalised(library)}Request`;

/** Whether the operation has a result. */
export const hasResult = ({ output }: Operation): boolean => output !== results.nothing;

/** The name of the schema of an operation's result in the documents. */
export const resultName = ({ library, output }: Operation): string =>
  Object.keys(NAMED).find(name => NAMED[name] === output) ?? `${capitalised(library)}Result`;

/**
 * Returns the schemas that results consist of, by their names. They refer to one another at `base` (`#/components/schemas/`).
 * `extra` adds schemas that are not results of the table.
 */
export function componentSchemas(
  base: string,
  dialect: Dialect,
  extra: Readonly<Record<string, z.ZodType>> = {},
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const row of Object.values<Operation>(operations)) registry.add(row.output, { id: resultName(row) });
  for (const [name, schema] of Object.entries({ ...NAMED, ...extra })) registry.add(schema, { id: name });
  registry.remove(results.nothing);
  const { schemas } = z.toJSONSchema(registry, { target: dialect, io: 'output', uri: id => base + id, override: tidy });
  for (const schema of Object.values(schemas)) {
    delete schema.$id;
    delete schema.$schema;
  }
  return schemas as Record<string, JsonSchema>;
}

/** Returns the schema of a type, whole. */
export function schemaOf(type: z.ZodType, io: 'input' | 'output', dialect: Dialect): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, target: dialect, override: tidy });
  return schema as JsonSchema;
}

/** A format says the same as Zod's pattern for it, and is read more easily. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
}

const EXAMPLES = new Map<unknown, unknown>([
  ['string', 'text'],
  ['boolean', true],
  ['integer', 1],
  ['number', 1],
  ['object', {}],
]);

/**
 * Returns an example of a schema: its required keys, and those that have an example of their own. Of alternatives it takes
 * the first. `resolve` finds the schema of a `$ref`.
 */
export function exampleOf(schema: JsonSchema, resolve: (ref: string) => JsonSchema): unknown {
  if (schema.$ref !== undefined) return exampleOf(resolve(schema.$ref), resolve);
  const [first] = schema.examples ?? schema.enum ?? [];
  if (first !== undefined) return first;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.properties) return exampleOfObject(schema, resolve);
  if (schema.items) return [exampleOf(schema.items, resolve)];
  return EXAMPLES.get(schema.type) ?? null;
}

function exampleOfObject(
  { properties = {}, required = [], oneOf = [] }: JsonSchema,
  resolve: (ref: string) => JsonSchema,
) {
  const alternatives = new Set(oneOf.flatMap(each => each.required ?? []));
  const wanted = new Set([...required, ...(oneOf[0]?.required ?? [])]);
  const isShown = ([key, each]: [string, JsonSchema]): boolean =>
    wanted.has(key) || (each.examples !== undefined && !alternatives.has(key));
  const shown = Object.entries(properties).filter(isShown);
  return Object.fromEntries(shown.map(([key, each]) => [key, exampleOf(each, resolve)]));
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
