import type { ClientSession, Collection, Db, Document, Filter as DriverFilter, Sort } from 'mongodb';
import type { CollectionName, Collections } from './collections.js';
import { collectionName } from './collections.js';
import { Filter, scalars } from './filter.js';

/** A change of one document. */
export interface Change<Fields> {
  /** Sets these values. */
  readonly set?: Partial<Fields>;
  /** Adds to these numbers. */
  readonly increment?: { readonly [Field in keyof Fields]?: number };
  /** Sets these numbers where the current ones are lower. */
  readonly atLeast?: { readonly [Field in keyof Fields]?: number };
}

export interface Range {
  readonly sort?: Sort;
  readonly skip?: number;
  readonly limit?: number;
  /** Documents in one answer; the server's default if left out. */
  readonly batchSize?: number;
}

/** Stages of a pipeline, and the fields they add to each document. */
export interface Stages<Added> {
  readonly list: readonly Document[];
  /** For the compiler only. */
  readonly added?: Added;
}

/** Milliseconds after which the server gives up a command, so that it does not work for a client that has disconnected. */
export const SERVER_LIMIT = 2000;

/**
 * The commands the adapter uses, inside and outside of transactions. Everything that reads or writes rows goes through
 * here, so this is where filters are checked to be `Filter`s and documents to hold only scalars (docs/decisions/0010).
 */
export class Access {
  constructor(
    private readonly db: Db,
    private readonly session?: ClientSession,
    private readonly limit = SERVER_LIMIT,
  ) {}

  async insert<Name extends CollectionName>(name: Name, ...documents: readonly Collections[Name][]): Promise<void> {
    const [first, ...more] = documents.map(document => ({ ...scalars(document) }) as Document);
    if (!first) return;
    // Only for a single document does the driver's error name the index that refused it.
    if (more.length === 0) await this.collection(name).insertOne(first, this.options);
    else await this.collection(name).insertMany([first, ...more], this.options);
  }

  async find<Name extends CollectionName>(filter: Filter<Name>, range: Range = {}): Promise<Collections[Name][]> {
    const found = this.collection(filter.collection).find(queryOf(filter), { ...this.options, ...range });
    return (await found.toArray()) as unknown as Collections[Name][];
  }

  async findOne<Name extends CollectionName>(filter: Filter<Name>): Promise<Collections[Name] | null> {
    return (await this.find(filter, { limit: 1 }))[0] ?? null;
  }

  /** Sends the documents of the filter through further stages. Stages that hold values are made with `matchStage`. */
  async aggregate<Name extends CollectionName, Added>(
    filter: Filter<Name>,
    stages: Stages<Added>,
  ): Promise<(Collections[Name] & Added)[]> {
    const found = this.collection(filter.collection).aggregate([matchStage(filter), ...stages.list], this.options);
    return (await found.toArray()) as unknown as (Collections[Name] & Added)[];
  }

  /** Changes one document. Returns false where there is none. */
  async update<Name extends CollectionName>(filter: Filter<Name>, change: Change<Collections[Name]>): Promise<boolean> {
    const collection = this.collection(filter.collection);
    const { matchedCount } = await collection.updateOne(queryOf(filter), operatorsOf(change), this.options);
    return matchedCount > 0;
  }

  /** Changes one document and returns it changed, or null where there is none. `upsert` creates a missing document. */
  async findAndUpdate<Name extends CollectionName>(
    filter: Filter<Name>,
    change: Change<Collections[Name]>,
    { upsert = false } = {},
  ): Promise<Collections[Name] | null> {
    const options = { ...this.options, upsert, returnDocument: 'after' } as const;
    const collection = this.collection(filter.collection);
    const found = await collection.findOneAndUpdate(queryOf(filter), operatorsOf(change), options);
    return found as Collections[Name] | null;
  }

  /**
   * Computes the one document of the filter by an update pipeline, and returns it computed, or null where there is none.
   * Values in the stages must be scalars.
   */
  async findAndUpdateByStages<Name extends CollectionName>(
    filter: Filter<Name>,
    stages: readonly Document[],
  ): Promise<Collections[Name] | null> {
    const options = { ...this.options, returnDocument: 'after' } as const;
    const found = await this.collection(filter.collection).findOneAndUpdate(queryOf(filter), [...stages], options);
    return found as Collections[Name] | null;
  }

  /** Computes the one document of the filter, if there is one, by an update pipeline. */
  async updateByStages<Name extends CollectionName>(filter: Filter<Name>, stages: readonly Document[]): Promise<void> {
    await this.collection(filter.collection).updateOne(queryOf(filter), [...stages], this.options);
  }

  /** Applies each change to the one document of its filter, or to a new document, in one round trip. */
  async upsertAll<Name extends CollectionName>(
    changes: readonly (readonly [Filter<Name>, Change<Collections[Name]>])[],
  ): Promise<void> {
    const [first] = changes;
    if (!first) return;
    const operations = changes.map(([filter, change]) => ({
      updateOne: { filter: queryOf(filter), update: operatorsOf(change), upsert: true },
    }));
    await this.collection(first[0].collection).bulkWrite(operations, { ...this.options, ordered: false });
  }

  /** From the collection's metadata: fast, and not always exact. */
  async estimatedCount(name: CollectionName): Promise<number> {
    const { maxTimeMS } = this.options;
    return this.collection(name).estimatedDocumentCount({ maxTimeMS });
  }

  /** Deletes all documents of the filter. Returns how many. */
  async remove<Name extends CollectionName>(filter: Filter<Name>): Promise<number> {
    return (await this.collection(filter.collection).deleteMany(queryOf(filter), this.options)).deletedCount;
  }

  private collection(name: CollectionName): Collection {
    return this.db.collection(collectionName(name));
  }

  private get options(): { maxTimeMS: number; session?: ClientSession } {
    const maxTimeMS = this.limit;
    return this.session ? { session: this.session, maxTimeMS } : { maxTimeMS };
  }
}

/** A stage of a pipeline that keeps the documents of the filter. */
export const matchStage = <Name extends CollectionName>(filter: Filter<Name>): Document => ({
  $match: queryOf(filter),
});

function queryOf<Name extends CollectionName>(filter: Filter<Name>): DriverFilter<Document> {
  if (!(filter instanceof Filter)) throw new TypeError('a filter must be made with `where`');
  return filter.query as DriverFilter<Document>;
}

const operatorsOf = <Fields>({ set, increment, atLeast }: Change<Fields>): Document => ({
  ...(set && { $set: scalars(set) }),
  ...(increment && { $inc: scalars(increment) }),
  ...(atLeast && { $max: scalars(atLeast) }),
});
