import { Binary, ObjectId } from '../../../peers/mongodb.js';
import type { CollectionName, Collections } from './collections.js';

/** What can be stored and compared. Objects are excluded, so no value can bring an operator such as `$gt`. */
export type Scalar = string | number | boolean | null | Date | Binary | ObjectId;

/**
 * Returns the value if it is a scalar at run time too. Types do not protect an application that
 * composes use cases by hand or passes on unchecked input.
 *
 * @throws TypeError for objects, arrays, `undefined`, functions and everything else.
 */
export function scalar<Value extends Scalar>(value: Value): Value {
  if (!isScalar(value)) throw new TypeError(`a value for the database must be a scalar, not ${describe(value)}`);
  return value;
}

function isScalar(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return (
    value instanceof Binary || value instanceof ObjectId || (value instanceof Date && !Number.isNaN(value.getTime()))
  );
}

const describe = (value: unknown): string => (Array.isArray(value) ? 'an array' : `of type ${typeof value}`);

/** Returns the fields if every value is a scalar. @throws TypeError */
export function scalars<Fields extends Readonly<Record<string, unknown>>>(fields: Fields): Fields {
  for (const value of Object.values(fields)) scalar(value as Scalar);
  return fields;
}

/** A condition on one field. The functions below are the only way to make one, and each checks its value. */
export class Condition {
  private constructor(readonly operator: Readonly<Record<string, Scalar | readonly Scalar[]>>) {}

  static of(operator: string, value: Scalar): Condition {
    return new Condition({ [operator]: scalar(value) });
  }

  static oneOf(values: readonly Scalar[]): Condition {
    if (!Array.isArray(values)) throw new TypeError('oneOf takes an array');
    return new Condition({ $in: values.map(scalar) });
  }
}

export const equals = (value: Scalar): Condition => Condition.of('$eq', value);
export const differsFrom = (value: Scalar): Condition => Condition.of('$ne', value);
export const below = (value: Scalar): Condition => Condition.of('$lt', value);
export const atMost = (value: Scalar): Condition => Condition.of('$lte', value);
export const above = (value: Scalar): Condition => Condition.of('$gt', value);
export const oneOf = (values: readonly Scalar[]): Condition => Condition.oneOf(values);

/** Selects documents of one collection. */
export class Filter<Name extends CollectionName> {
  private constructor(
    readonly collection: Name,
    readonly query: Readonly<Record<string, unknown>>,
  ) {}

  /** A field whose condition is null is ignored. */
  static where<Name extends CollectionName>(collection: Name, conditions: Conditions<Name>): Filter<Name> {
    const query: Record<string, unknown> = {};
    for (const [field, condition] of Object.entries<unknown>(conditions)) {
      if (condition === null) continue;
      if (!(condition instanceof Condition)) throw new TypeError(`${field} needs a condition, such as equals(…)`);
      query[field] = condition.operator;
    }
    return new Filter(collection, query);
  }

  and(other: Filter<Name>): Filter<Name> {
    return new Filter(this.collection, { $and: [this.query, other.query] });
  }

  or(other: Filter<Name>): Filter<Name> {
    return new Filter(this.collection, { $or: [this.query, other.query] });
  }
}

export const { where } = Filter;

export type Conditions<Name extends CollectionName> = {
  readonly [Field in keyof Collections[Name]]?: Condition | null;
};
