import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type {
  RecordOutcome,
  TradeLog,
  TradeLogPage,
  TradeProposal,
} from '../../../application/ports/driven/trade-log.js';
import type { Id } from '../../../domain/id.js';
import type { TradeDirection, TradeEntry } from '../../../domain/trade.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';
import type { TradeRecorder } from './trade-recorder.js';

export class PostgresTradeLog implements TradeLog {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
    private readonly recorder: TradeRecorder,
  ) {
    this.statements = statements(schema);
  }

  async record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome> {
    return this.recorder.record(proposal, claim);
  }

  async page(
    userId: Id,
    { direction, before, limit }: { direction: TradeDirection | 'all'; before: number | null; limit: number },
  ): Promise<TradeLogPage> {
    const range = [userId, before ?? Number.MAX_SAFE_INTEGER, limit];
    const rows =
      direction === 'all'
        ? await this.database.query(this.statements.page, range)
        : await this.database.query(this.statements.pageOfDirection, [...range, direction === 'sent']);
    return { entries: rows.flatMap(({ entry }) => entry ?? []), latest: rows[0]?.latest ?? 0 };
  }

  async entriesAfter(userId: Id, after: number, limit: number): Promise<TradeEntry[]> {
    return this.database.query(this.statements.entriesAfter, [userId, after, limit]);
  }

  async latest(userIds: readonly Id[]): Promise<ReadonlyMap<Id, number>> {
    return new Map(await this.database.query(this.statements.latest, [userIds]));
  }
}

export type EntryRow = readonly [
  TradeEntry['number'],
  boolean,
  TradeEntry['tradeId'],
  TradeEntry['cardId'],
  TradeEntry['cardName'],
  TradeEntry['counterparty']['id'],
  TradeEntry['counterparty']['username'],
  TradeEntry['counterparty']['name'],
  TradeEntry['createdAt'],
];

/** In the order of `entryOf`. */
export const ENTRY_COLUMNS = `number, sent, trade_id, card_id, card_name,
  counterparty_id, counterparty_username, counterparty_name, created_at`;

export const entryOf = ([
  number,
  sent,
  tradeId,
  cardId,
  cardName,
  id,
  username,
  name,
  createdAt,
]: EntryRow): TradeEntry => ({
  number,
  direction: sent ? 'sent' : 'received',
  tradeId,
  cardId,
  cardName,
  counterparty: { id, username, name },
  createdAt,
});

function statements(schema: Schema) {
  const entries = `${schema.name}.trade_entries`;

  /** Where the page is empty, one row with only the counter. */
  const page = (name: string, condition: string) =>
    statement(
      schema.statementName(name),
      `SELECT counter.last_number, entry.*
      FROM ${schema.name}.trade_counters AS counter LEFT JOIN LATERAL (
        SELECT ${ENTRY_COLUMNS} FROM ${entries}
        WHERE user_id = $1 AND number < $2 ${condition} ORDER BY number DESC LIMIT $3
      ) AS entry ON true
      WHERE counter.user_id = $1 ORDER BY entry.number DESC`,
      ([latest, ...entry]: readonly [number, ...EntryRow]): { latest: number; entry: TradeEntry | null } => ({
        latest,
        entry: entry[0] === null ? null : entryOf(entry),
      }),
    );

  return {
    page: page('trade_page', ''),
    pageOfDirection: page('trade_page_of_direction', 'AND sent = $4'),
    entriesAfter: statement(
      schema.statementName('trade_entries_after'),
      `SELECT ${ENTRY_COLUMNS} FROM ${entries} WHERE user_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
      entryOf,
    ),
    latest: statement(
      schema.statementName('trade_latest'),
      `SELECT user_id, last_number FROM ${schema.name}.trade_counters WHERE user_id = ANY($1::uuid[])`,
      ([userId, latest]: readonly [Id, number]): [Id, number] => [userId, latest],
    ),
  };
}
