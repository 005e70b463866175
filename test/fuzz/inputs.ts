import fc from 'fast-check';
import { z } from 'zod';
import type { Json, Pair } from './json-text.js';

/** Values that exist in the store, by the names that inputs have for them. A new name can do without. */
export type KnownValues = Readonly<Record<string, readonly (string | number)[]>>;

/**
 * Inputs that the schema of an operation accepts, except for rules over several keys. The values of a key are known ones
 * of that name and all other known ones that its schema accepts.
 */
export function inputsOf(schema: z.ZodType, known: KnownValues): fc.Arbitrary<Json> {
  const object = objectIn(schema);
  if (!object) throw new Error('The input of an operation has to be an object.');
  const fields = Object.entries(object.shape).map(([key, field]) => fieldOf(key, field as z.ZodType, known));
  const required = fields.filter(({ isRequired }) => isRequired).map(({ pair }) => pair);
  const optional = fields.filter(({ isRequired }) => !isRequired).map(({ pair }) => pair);
  // One of the optional keys, because many schemas require that, or any of them.
  const any = fc.tuple(...optional.map(pair => fc.option(pair))).map(pairs => pairs.filter(pair => pair !== null));
  const chosen =
    optional.length === 0
      ? any
      : fc.oneof(
          any,
          fc.oneof(...optional).map(pair => [pair]),
        );
  return fc.tuple(fc.tuple(...required), chosen).map(([first, rest]) => ({ pairs: [...first, ...rest] }));
}

function fieldOf(key: string, field: z.ZodType, known: KnownValues) {
  const value = objectIn(field) ? inputsOf(field, known) : fc.constantFrom(...samplesOf(key, field, known));
  const isRequired = !field.safeParse(undefined).success;
  return { isRequired, pair: value.map((json): Pair => [key, json]) };
}

function samplesOf(key: string, field: z.ZodType, known: KnownValues): string[] {
  const { enum: options = [], const: only } = z.toJSONSchema(innerOf(field), { io: 'input' });
  const listed = only === undefined ? options : [only];
  const others = Object.values(known).flat();
  const accepted = [...listed, ...others].filter(value => field.safeParse(value).success);
  const named = (known[key] ?? []).filter(value => field.safeParse(value).success);
  if (accepted.length === 0) throw new Error(`No known value is valid for ${key}: add one to the known values.`);
  // Half of all values have the right name, so that many requests succeed.
  const repeated = Array.from(
    { length: named.length === 0 ? 0 : Math.ceil(accepted.length / named.length) },
    () => named,
  );
  return [...accepted, ...repeated.flat()].map(value => JSON.stringify(value));
}

/** Without what makes the schema optional. */
function innerOf(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return innerOf(schema.def.innerType as z.ZodType);
  }
  return schema;
}

/** The object that is parsed first, before the transformations of the schema; null if it is none. */
function objectIn(schema: z.ZodType): z.ZodObject | null {
  const inner = innerOf(schema);
  if (inner instanceof z.ZodPipe) return objectIn(inner.def.in as z.ZodType);
  return inner instanceof z.ZodObject ? inner : null;
}
