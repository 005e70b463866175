import type { IdempotencyClaim, Replayed } from '../../../application/ports/driven/idempotency.js';
import type { RecordedBySession, SessionUse, TradeDraft } from '../../../application/ports/driven/session-trades.js';
import type {
  RecordOutcome,
  TradeLog,
  TradeLogPage,
  TradeProposal,
} from '../../../application/ports/driven/trade-log.js';
import type { Id } from '../../../domain/id.js';
import type { TradeDirection, TradeEntry, TradeFacts } from '../../../domain/trade.js';
import type { Database } from './database.js';
import type { EntryHints } from './entry-hints.js';
import { isUniqueViolation } from './failures.js';
import type { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import { bytes } from './postgres-session-repository.js';
import { userLookup } from './postgres-user-repository.js';
import type { RecordTradeRow, SenderForm } from './record-trade-statement.js';
import { recordTradeStatement } from './record-trade-statement.js';
import type { Schema } from './schema.js';
import type { Parameter } from './statement.js';
import { statement } from './statement.js';

export class PostgresTradeLog implements TradeLog {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
    private readonly idempotency: PostgresIdempotencyRecords,
    private readonly hints: Pick<EntryHints, 'publish'>,
  ) {
    this.statements = statements(schema);
  }

  async record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome> {
    const { sender } = proposal;
    const row = await this.attempt('user', [sender.id, sender.username, sender.name], proposal, claim);
    if (row !== null && row !== RACED) return this.outcomeOf(row, proposal, claim);
    return (await this.findReplayed(sender.id, claim)) ?? { outcome: 'refused', facts: NO_FACTS };
  }

  /**
   * Records a trade of the session's user, like `SessionTrades.record`. Returns null where no session is live, and `RACED` where
   * another attempt with the same key was faster.
   */
  async recordBySession(
    { digest, bounds, touchedBefore }: SessionUse,
    draft: TradeDraft,
    claim: IdempotencyClaim | null,
  ): Promise<RecordedBySession | typeof RACED | null> {
    const proposal = { ...draft, createdAt: bounds.now };
    const row = await this.attempt('session', [bytes(digest), bounds.idleSince, touchedBefore], proposal, claim);
    if (row === null || row === RACED) return row;
    return { sender: row.sender, outcome: await this.outcomeOf(row, proposal, claim) };
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

  /** `sender` has parameters 1, 6 and 7 of the statement. */
  private async attempt(
    form: SenderForm,
    [sender, ...more]: readonly [Parameter, Parameter, Parameter],
    { id, cardId, recipient, createdAt }: Omit<TradeProposal, 'sender'>,
    claim: IdempotencyClaim | null,
  ): Promise<RecordTradeRow | typeof RACED | null> {
    const { column, value } = userLookup(recipient);
    const claimed = claim ? [claim.key, claim.request, claim.claimedAt] : [null, null, null];
    const values = [sender, cardId, value, id, createdAt, ...more, ...claimed];
    try {
      return await this.database.queryOne(this.statements.record[form][column], values);
    } catch (error) {
      if (isUniqueViolation(error, 'idempotency_records_pkey')) return RACED;
      throw error;
    }
  }

  private async outcomeOf(
    { sender, recorded, replayed, facts }: RecordTradeRow,
    { id: tradeId, cardId, createdAt }: Omit<TradeProposal, 'sender'>,
    claim: IdempotencyClaim | null,
  ): Promise<RecordOutcome> {
    if (recorded) {
      this.hints.publish([sender.id, recorded.counterparty.id]);
      return { outcome: 'recorded', entry: { ...recorded, direction: 'sent', tradeId, cardId, createdAt } };
    }
    if (replayed) return replayed as Replayed<TradeEntry>;
    // The attempt that was faster may have had the same key. The snapshot did not show it.
    return (await this.findReplayed(sender.id, claim)) ?? { outcome: 'refused', facts };
  }

  private async findReplayed(senderId: Id, claim: IdempotencyClaim | null): Promise<Replayed<TradeEntry> | null> {
    return claim && (await this.idempotency.find<TradeEntry>(senderId, claim));
  }
}

/** Another attempt with the same idempotency key was committed first, so this one was rolled back. */
export const RACED = Symbol('raced');

const NO_FACTS: TradeFacts = { cardOwnerId: null, recipientId: null };

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

  const recordBy = (form: SenderForm) => ({
    id: recordTradeStatement(schema, 'id', form),
    email: recordTradeStatement(schema, 'email', form),
    username_key: recordTradeStatement(schema, 'username_key', form),
  });

  return {
    record: { user: recordBy('user'), session: recordBy('session') },
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
