import type { OwnedPage, SessionTrades } from '../../../application/ports/driven/session-trades.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { TradeRange } from '../../../application/ports/driven/trade-log.js';
import type { LivenessBounds } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { TradeEntry } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import type { Database } from './database.js';
import { statement } from './database.js';
import { bytes, COMMIT_WITHOUT_WAITING, live } from './postgres-session-repository.js';
import type { EntryRow } from './postgres-trade-log.js';
import { ENTRY_COLUMNS, entryOf } from './postgres-trade-log.js';
import type { Schema } from './schema.js';

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
    const [first] = rows;
    if (!first) return null;
    const { owner, latest } = first;
    return { owner, page: { entries: rows.flatMap(({ entry }) => entry ?? []), latest } };
  }
}

type Row = readonly [
  id: PublicUser['id'],
  username: PublicUser['username'],
  name: PublicUser['name'],
  latest: number,
  ...entry: EntryRow,
];

interface PageRow {
  readonly owner: PublicUser;
  readonly latest: number;
  readonly entry: TradeEntry | null;
}

function statements({ name: schema, statementName }: Schema) {
  /** 1 digest, 2 now, 3 idle since, 4 touched before, 5 below number, 6 limit. One row without an entry for an empty page. */
  const page = (name: string, condition: string) =>
    statement(
      statementName(name),
      `WITH touched AS (
        UPDATE ${schema}.sessions SET last_used_at = $2
        WHERE digest = $1 AND last_used_at <= $4 AND ${live('$2', '$3')}
        RETURNING ${COMMIT_WITHOUT_WAITING}
      )
      SELECT owner.id, owner.username, owner.name, counter.last_number, entry.*
      FROM ${schema}.sessions AS session
      JOIN ${schema}.users AS owner ON owner.id = session.user_id
      JOIN ${schema}.trade_counters AS counter ON counter.user_id = session.user_id
      LEFT JOIN LATERAL (
        SELECT ${ENTRY_COLUMNS} FROM ${schema}.trade_entries
        WHERE user_id = session.user_id AND number < $5 ${condition} ORDER BY number DESC LIMIT $6
      ) AS entry ON true
      WHERE session.digest = $1 AND ${live('$2', '$3')}
      ORDER BY entry.number DESC`,
      ([id, username, name, latest, ...entry]: Row): PageRow => ({
        owner: { id, username, name },
        latest,
        entry: entry[0] === null ? null : entryOf(entry),
      }),
    );

  return {
    page: page('session_trade_page', ''),
    pageOfDirection: page('session_trade_page_of_direction', 'AND sent = $7'),
  };
}
