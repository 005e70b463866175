import type { CreateIndexesOptions, IndexSpecification } from 'mongodb';
import type { CollectionName, Collections } from '../collections.js';

/**
 * MongoDB's definitions do not take part in transactions, so a migration can be broken off half-way. Each step therefore
 * says how things are to be, and does nothing where they are so already: a migration that was broken off runs again.
 */
export interface Migration {
  readonly name: string;
  apply(steps: Steps): Promise<void>;
}

export interface Steps {
  /** The collection exists, and its documents have these fields, each of its schema (`$jsonSchema`). */
  collection<Name extends CollectionName>(
    name: Name,
    properties: Readonly<Record<Exclude<RequiredKeys<Collections[Name]>, never>, object>>,
  ): Promise<void>;

  index(name: CollectionName, keys: IndexSpecification, options?: CreateIndexesOptions): Promise<void>;
}

type RequiredKeys<Fields> = {
  [Field in keyof Fields]-?: undefined extends Fields[Field] ? never : Field;
}[keyof Fields] &
  string;
