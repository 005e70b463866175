import type { OwnedPage, SessionTrades } from '../../../application/ports/driven/session-trades.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { TradeRange } from '../../../application/ports/driven/trade-log.js';
import type { LivenessBounds } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Database } from './database.js';
import { bytes, COMMIT_WITHOUT_WAITING, live } from './postgres-session-repository.js';
import { ENTRY_COLUMNS, entryOf } from './postgres-trade-log.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';

/** The session and the page in one statement, so that the most frequent request costs one round trip. */
export class PostgresSessionTrades implements SessionTrades {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
  ) {
    this.statements = statements(schema);
  }

  async page(
    digest: TokenDigest,
    { now, idleSince }: LivenessBounds,
    touchedBefore: Timestamp,
    { direction, before, limit }: TradeRange,
  ): Promise<OwnedPage | null> {
    const values = [bytes(digest), now, idleSince, touchedBefore, before ?? Number.MAX_SAFE_INTEGER, limit];
    const rows =
      direction === 'all'
        ? await this.database.query(this.statements.page, values)
        : await this.database.query(this.statements.pageOfDirection, [...values, direction === 'sent']);
    const [first, ...entries] = rows;
    if (!first) return null;
    const { number: latest, counterparty: owner } = first;
    return { owner, page: { entries, latest } };
  }
}

function statements({ name: schema, statementName }: Schema) {
  /**
   * 1 digest, 2 now, 3 idle since, 4 touched before, 5 below number, 6 limit. The first row has the owner of the session
   * in the columns of the counterparty, and the number of the newest entry; the entries follow. So the owner is sent once.
   */
  const page = (name: string, condition: string) =>
    statement(
      statementName(name),
      `WITH touched AS (
        UPDATE ${schema}.sessions SET last_used_at = $2
        WHERE digest = $1 AND last_used_at <= $4 AND ${live('$2', '$3')}
        RETURNING ${COMMIT_WITHOUT_WAITING}
      ), owner AS MATERIALIZED (
        SELECT owner.id, owner.username, owner.name, counter.last_number
        FROM ${schema}.sessions AS session
        JOIN ${schema}.users AS owner ON owner.id = session.user_id
        JOIN ${schema}.trade_counters AS counter ON counter.user_id = session.user_id
        WHERE session.digest = $1 AND ${live('$2', '$3')}
      ), rows AS (
        SELECT last_number AS number, NULL::boolean AS sent, NULL::uuid AS trade_id, NULL::uuid AS card_id,
          NULL::text AS card_name, id AS counterparty_id, username AS counterparty_username, name AS counterparty_name,
          NULL::timestamptz AS created_at
        FROM owner
        UNION ALL
        SELECT entry.* FROM owner, LATERAL (
          SELECT ${ENTRY_COLUMNS} FROM ${schema}.trade_entries
          WHERE user_id = owner.id AND number < $5 ${condition} ORDER BY number DESC LIMIT $6
        ) AS entry
      )
      SELECT ${ENTRY_COLUMNS} FROM rows ORDER BY trade_id IS NOT NULL, number DESC`,
      entryOf,
    );

  return {
    page: page('session_trade_page', ''),
    pageOfDirection: page('session_trade_page_of_direction', 'AND sent = $7'),
  };
}
