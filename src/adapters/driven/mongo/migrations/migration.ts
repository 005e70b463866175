import type { CreateIndexesOptions, IndexSpecification } from 'mongodb';
import type { CollectionName, Collections } from '../collections.js';

/**
 * MongoDB's DDL takes no part in transactions, so a migration can be interrupted half-way. Every step therefore states
 * the desired result and does nothing where it exists already; an interrupted migration runs again.
 */
export interface Migration {
  readonly name: string;
  apply(steps: Steps): Promise<void>;
}

export interface Steps {
  /** Ensures that the collection exists and that its documents have these fields, each with its `$jsonSchema`. */
  collection<Name extends CollectionName>(
    name: Name,
    properties: Readonly<Record<RequiredKeys<Collections[Name]>, object>>,
  ): Promise<void>;

  /** Ensures that the index exists. */
  index(name: CollectionName, keys: IndexSpecification, options?: CreateIndexesOptions): Promise<void>;
}

type RequiredKeys<Fields> = {
  [Field in keyof Fields]-?: undefined extends Fields[Field] ? never : Field;
}[keyof Fields] &
  string;
