import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type {
  OwnedPage,
  RecordedBySession,
  SessionTrades,
  SessionUse,
  TradeDraft,
} from '../../../application/ports/driven/session-trades.js';
import type { TradeRange } from '../../../application/ports/driven/trade-log.js';
import { readSessionThenTrades } from '../../../application/storage-kit/index.js';
import type { Database } from './database.js';
import type { PostgresSessionRepository } from './postgres-session-repository.js';
import { bytes, COMMIT_WITHOUT_WAITING, dueForTouch, live } from './postgres-session-repository.js';
import type { PostgresTradeLog } from './postgres-trade-log.js';
import { ENTRY_COLUMNS, entryOf } from './postgres-trade-log.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';
import type { TradeRecorder } from './trade-recorder.js';
import { RACED } from './trade-recorder.js';

/** The session and its user's log in one statement, so that the most frequent requests cost one round trip. */
export class PostgresSessionTrades implements SessionTrades {
  private readonly statements: ReturnType<typeof statements>;

  private readonly inTwoSteps: SessionTrades;

  constructor(
    private readonly database: Database,
    schema: Schema,
    sessions: PostgresSessionRepository,
    trades: PostgresTradeLog,
    private readonly recorder: TradeRecorder,
  ) {
    this.statements = statements(schema);
    this.inTwoSteps = readSessionThenTrades(sessions, trades);
  }

  async page(
    { digest, bounds: { now, idleSince }, touchedBefore }: SessionUse,
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

  async record(use: SessionUse, draft: TradeDraft, claim: IdempotencyClaim | null): Promise<RecordedBySession | null> {
    const recorded = await this.recorder.recordBySession(use, draft, claim);
    // The statement was rolled back and so returned no sender. Reading twice is rare enough.
    return recorded === RACED ? this.inTwoSteps.record(use, draft, claim) : recorded;
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
        WHERE digest = ${dueForTouch(schema, `last_used_at <= $4 AND ${live('$2', '$3')}`)}
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
