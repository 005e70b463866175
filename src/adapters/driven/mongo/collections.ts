import type { Binary, ObjectId } from 'mongodb';

/**
 * In front of every collection's name, so that they never meet an application's own `users` in the same database; the
 * dot is MongoDB's custom for names that belong together.
 */
const PREFIX = 'tradepost.';

/** What each collection holds. All documents are flat: every value is a scalar, and what is not is refused. */
export interface Collections {
  readonly users: {
    readonly _id: Binary;
    readonly email: string;
    readonly username: string;
    readonly usernameKey: string;
    readonly name: string;
    readonly passwordHash: string;
    readonly createdAt: Date;
  };
  readonly sessions: {
    /** The session's id, since what a change stream tells of a deleted document is its `_id`, and no more. */
    readonly _id: Binary;
    /** Of the token. */
    readonly digest: Binary;
    readonly userId: Binary;
    readonly createdAt: Date;
    readonly expiresAt: Date;
    readonly lastUsedAt: Date;
    readonly userAgent: string | null;
  };
  readonly cards: {
    readonly _id: Binary;
    readonly ownerId: Binary;
    readonly name: string;
    readonly description: string;
    readonly createdAt: Date;
  };
  /** The number of each user's newest log entry; none where the log is empty. */
  readonly trade_counters: {
    /** The user's id. */
    readonly _id: Binary;
    readonly lastNumber: number;
  };
  /** Two a trade, one in each party's log. `userId` and `number` are the key; `_id` is made by the driver. */
  readonly trade_entries: {
    readonly _id?: ObjectId;
    readonly userId: Binary;
    readonly number: number;
    readonly sent: boolean;
    readonly tradeId: Binary;
    readonly cardId: Binary;
    readonly cardName: string;
    readonly counterpartyId: Binary;
    readonly counterpartyUsername: string;
    readonly counterpartyName: string;
    readonly createdAt: Date;
  };
  /** `userId` and `key` are the key. */
  readonly idempotency_records: {
    readonly _id?: ObjectId;
    readonly userId: Binary;
    readonly key: string;
    readonly request: string;
    /** JSON. */
    readonly answer: string;
    readonly claimedAt: Date;
  };
  readonly migrations: {
    readonly _id: string;
    readonly appliedAt: Date;
    /** Of the mark of a copy alone: which one it is, and which one is writing a batch at the moment. */
    readonly run?: string;
    readonly writer?: string | null;
  };
  readonly locks: {
    readonly _id: string;
    readonly holder: string;
    /** Goes up while the holder lives. */
    readonly beat: number;
  };
}

export type CollectionName = keyof Collections;

export const collectionName = (name: CollectionName): string => PREFIX + name;
