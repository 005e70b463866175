import type { Binary, ObjectId } from 'mongodb';

/**
 * The prefix of every collection's name, so that none collides with an application's own `users` in the same database.
 * The dot is MongoDB's convention for grouping names.
 */
const PREFIX = 'tradepost.';

/** The documents of each collection. They are flat: every value is a scalar, and other values are refused. */
export interface Collections {
  readonly users: {
    readonly _id: Binary;
    readonly email: string;
    readonly username: string;
    readonly usernameKey: string;
    readonly name: string;
    readonly passwordHash: string;
    readonly createdAt: Date;
    /** Changed by every login, so that of concurrent logins of one user all but one are repeated. */
    readonly lastSessionId?: Binary;
  };
  readonly sessions: {
    /** The session's id, because of a deleted document a change stream reports only the `_id`. */
    readonly _id: Binary;
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
  /** The number of each user's newest log entry. A user with an empty log has no document. */
  readonly trade_counters: {
    /** The user's id. */
    readonly _id: Binary;
    readonly lastNumber: number;
  };
  /** Two for each trade, one in each party's log. The key is `userId` and `number`; the driver makes the `_id`. */
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
  /** The key is `userId` and `key`. */
  readonly idempotency_records: {
    readonly _id?: ObjectId;
    readonly userId: Binary;
    readonly key: string;
    readonly request: string;
    /** JSON. */
    readonly answer: string;
    readonly claimedAt: Date;
  };
  readonly attempts: {
    /** The key that the attempts are counted under. */
    readonly _id: string;
    readonly streak: number;
    readonly total: number;
    readonly readyAt: Date;
    readonly expiresAt: Date;
    /** Whether the last attempt was counted. */
    readonly admitted: boolean;
  };
  readonly migrations: {
    readonly _id: string;
    readonly appliedAt: Date;
    /** Only in the mark of a copy: the newest copy, and the copy that is writing a batch at the moment. */
    readonly run?: string;
    readonly writer?: string | null;
  };
  readonly locks: {
    readonly _id: string;
    readonly holder: string;
    /** Increases while the holder is alive. */
    readonly beat: number;
  };
}

export type CollectionName = keyof Collections;

export const collectionName = (name: CollectionName): string => PREFIX + name;
