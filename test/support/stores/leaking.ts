import { inspect } from 'node:util';
import { MongoServerError } from 'mongodb';
import pg from 'pg';
import type { Storage, StorageConnector } from '../../../src/index.js';
import { StorageUnavailable } from '../../../src/index.js';
import { altered } from './altered.js';

/** Makes the error of a driver that repeats these values. */
export type Leak = (values: string) => unknown;

const databaseError = (message: string, fields: Partial<pg.DatabaseError>): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError(message, 100, 'error'), { severity: 'ERROR', ...fields });

/** Errors in the forms in which drivers repeat the values of a statement. */
export const LEAKS: Readonly<Record<string, Leak>> = {
  'a broken constraint of PostgreSQL': values =>
    databaseError('new row for relation "users" violates check constraint "users_check"', {
      code: '23514',
      constraint: 'users_check',
      detail: `Failing row contains (${values}).`,
      hint: values,
      where: `COPY users, line 1: "${values}"`,
      internalQuery: `INSERT INTO users VALUES (${values})`,
      dataType: values,
      column: values,
    }),
  'a value that PostgreSQL cannot read': values =>
    databaseError(`invalid input syntax for type uuid: "${values}"`, { code: '22P02', where: values }),
  'a duplicate key of MongoDB': values =>
    new MongoServerError({
      message: `E11000 duplicate key error collection: tradepost.users index: email_1 dup key: { email: "${values}" }`,
      code: 11000,
      keyValue: { email: values },
      errInfo: { details: values },
      errmsg: values,
    }),
  'a database that does not respond': values =>
    new StorageUnavailable({
      cause: Object.assign(new Error(`Connection terminated: postgres://ann:${values.slice(0, 200)}@db/x`), {
        code: '08006',
        detail: values,
        client: { connectionParameters: { password: values } },
      }),
    }),
  'text that is not a URL': values =>
    Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: values }),
  'text that is not JSON': values => {
    try {
      return JSON.parse(values);
    } catch (error) {
      return error;
    }
  },
  'a text in place of an error': values => values,
  'an object in place of an error': values => ({ message: values, stack: values }),
};

const PARTS = [
  'users',
  'sessions',
  'cards',
  'trades',
  'sessionTrades',
  'idempotency',
] as const satisfies (keyof Storage)[];

export interface LeakingStore {
  readonly connector: StorageConnector;
  /** Makes every method of these parts fail with errors that repeat its arguments; with null none. */
  fail(leak: Leak | null, parts?: readonly (typeof PARTS)[number][]): void;
  /** How many calls have failed so. */
  readonly failures: number;
}

/** The store, with failures on demand. */
export function leaking(connector: StorageConnector): LeakingStore {
  let current: Leak | null = null;
  let failing: readonly string[] = PARTS;
  let failures = 0;
  const wrap = (part: (typeof PARTS)[number], repository: object): object =>
    new Proxy(repository, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return async (...parameters: unknown[]): Promise<unknown> => {
          if (!current || !failing.includes(part)) return method.apply(target, parameters);
          failures += 1;
          throw current(inspect(parameters, { depth: 10, breakLength: Number.POSITIVE_INFINITY }));
        };
      },
    });
  return {
    connector: altered(connector, storage => {
      const parts = Object.fromEntries(PARTS.map(part => [part, wrap(part, storage[part])]));
      return new Proxy(storage, {
        get: (target, key) => {
          if (typeof key === 'string' && key in parts) return parts[key];
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    }),
    fail: (leak, parts = PARTS) => {
      current = leak;
      failing = parts;
    },
    get failures() {
      return failures;
    },
  };
}
