import { leavesConnectionUsable, translateWriteError } from './failures.js';
import { runInOneTransaction } from './queries/joint-transaction.js';
import type { Pending } from './queries/pending.js';
import { isPrepared, runStatement } from './queries/prepared-query.js';
import type { Serving } from './queries/statement-queue.js';
import type { Schema } from './schema.js';
import type { Parameter, Statement } from './statement.js';
import { statement } from './statement.js';

/** The most trades that one transaction records. */
const MOST = 16;

/** The users of a trade, as its statement names them. */
export interface Parties {
  readonly ids: readonly string[];
  /** Of sessions, as hexadecimal text. */
  readonly digests: readonly string[];
  readonly usernameKeys: readonly string[];
  readonly emails: readonly string[];
}

export interface TradesTogether {
  readonly schema: Schema;
  readonly prepares: boolean;
  /** Returns the users of a trade from the values of its statement. */
  partiesOf(pending: Pending): Partial<Parties>;
  /** Records a trade over another connection. */
  recordApart(pending: Pending): void;
}

/**
 * Records trades that wait for a connection in one transaction, so that they share its commit: writing to the disk, and the
 * time for which other trades of the same users wait. Each has the outcome that it would have alone.
 *
 * The counters of all users are locked before the first trade, in the order of their ids, as a trade alone locks its two.
 * So transactions of several trades cannot deadlock either. Where one of the trades fails, or a lock is held for long, the
 * transaction has no effect, and each trade is recorded apart.
 */
export function tradesTogether({ schema, prepares, partiesOf, recordApart }: TradesTogether): Serving {
  const lock = lockStatement(schema);
  return {
    most: MOST,
    canJoin: (client, { statement }) => prepares && isPrepared(client, statement),
    runAlone: (client, { statement, values }) =>
      runStatement(client, statement, values, prepares).catch(error => {
        throw translateWriteError(error);
      }),
    runTogether: async (client, group) => {
      try {
        if (!isPrepared(client, lock)) await runStatement(client, lock, lockValues([]));
        await runInOneTransaction(client, { statement: lock, values: lockValues(group.map(partiesOf)) }, group);
      } catch (error) {
        if (leavesConnectionUsable(error)) group.forEach(recordApart);
        else for (const { reject } of group) reject(translateWriteError(error));
        throw error;
      }
    },
  };
}

function lockValues(parties: readonly Partial<Parties>[]): Parameter[] {
  const all = (key: keyof Parties): string[] => parties.flatMap(each => each[key] ?? []);
  return [all('ids'), all('digests'), all('usernameKeys'), all('emails')];
}

/**
 * 1 ids, 2 digests of sessions, 3 keys of usernames, 4 e-mail addresses. The transaction waits half a second for a lock at
 * most, because the trades of other users wait with it.
 */
const lockStatement = ({ name: schema, statementName }: Schema): Statement<unknown> =>
  statement(
    statementName('trade_lock'),
    `SELECT FROM ${schema}.trade_counters
    WHERE user_id = ANY(ARRAY(
      SELECT unnest($1::uuid[])
      UNION ALL SELECT user_id FROM ${schema}.sessions WHERE digest = ANY($2::bytea[])
      UNION ALL SELECT id FROM ${schema}.users WHERE username_key = ANY($3::text[])
      UNION ALL SELECT id FROM ${schema}.users WHERE email = ANY($4::text[])
    )) AND (SELECT set_config('lock_timeout', '500ms', true)) IS NOT NULL
    ORDER BY user_id FOR UPDATE`,
    () => null,
  );
