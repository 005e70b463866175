import type { IdempotencyClaim, Replayed } from '../../../application/ports/driven/idempotency.js';
import type {
  RecordOutcome,
  TradeLog,
  TradeLogPage,
  TradeProposal,
} from '../../../application/ports/driven/trade-log.js';
import type { Id } from '../../../domain/id.js';
import type { TradeDirection, TradeEntry, TradeFacts } from '../../../domain/trade.js';
import { publicUser } from '../../../domain/user.js';
import type { Stages } from './access.js';
import { matchStage } from './access.js';
import { collectionName } from './collections.js';
import type { Database } from './database.js';
import type { Filter } from './filter.js';
import { above, below, equals, oneOf, where } from './filter.js';
import type { MongoIdempotencyRecords } from './mongo-idempotency-records.js';
import { isKeyTaken } from './mongo-idempotency-records.js';
import { userLookup, userOf } from './mongo-user-repository.js';
import type { EntryDocument } from './record-trade-transaction.js';
import { recordTrade } from './record-trade-transaction.js';
import { idOf, timestampOf, uuid } from './types.js';

/** What one attempt did or found. */
interface Attempt {
  /** The sender's new entry; null where nothing was recorded. */
  readonly recorded: TradeEntry | null;
  readonly facts: TradeFacts;
  readonly replayed: Replayed<TradeEntry> | null;
}

export class MongoTradeLog implements TradeLog {
  constructor(
    private readonly database: Database,
    private readonly idempotency: MongoIdempotencyRecords,
  ) {}

  async record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome> {
    const { recorded, replayed, facts } = await this.attempt(proposal, claim);
    if (recorded) return { outcome: 'recorded', entry: recorded };
    if (replayed) return replayed;
    // The attempt that was faster may have had the same key.
    const raced = claim && (await this.idempotency.find<TradeEntry>(proposal.sender.id, claim));
    return raced ?? { outcome: 'refused', facts };
  }

  async page(
    userId: Id,
    { direction, before, limit }: { direction: TradeDirection | 'all'; before: number | null; limit: number },
  ): Promise<TradeLogPage> {
    const owner = uuid(userId);
    const entries = where('trade_entries', {
      userId: equals(owner),
      sent: direction === 'all' ? null : equals(direction === 'sent'),
      number: before === null ? null : below(before),
    });
    const [found] = await this.database.query(access =>
      access.aggregate(where('trade_counters', { _id: equals(owner) }), withEntries(entries, limit)),
    );
    return found ? { entries: found.entries.map(entryOf), latest: found.lastNumber } : { entries: [], latest: 0 };
  }

  async entriesAfter(userId: Id, after: number, limit: number): Promise<TradeEntry[]> {
    const entries = where('trade_entries', { userId: equals(uuid(userId)), number: above(after) });
    const found = await this.database.query(access => access.find(entries, { sort: { number: 1 }, limit }));
    return found.map(entryOf);
  }

  async latest(userIds: readonly Id[]): Promise<ReadonlyMap<Id, number>> {
    if (userIds.length === 0) return new Map();
    const counters = where('trade_counters', { _id: oneOf(userIds.map(uuid)) });
    const found = await this.database.query(access => access.find(counters));
    return new Map(found.map(({ _id, lastNumber }) => [idOf(_id), lastNumber]));
  }

  /** Reads first, so that refusals need no transaction. The transaction checks again. */
  private async attempt(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<Attempt> {
    const { sender, cardId } = proposal;
    const [replayed, card, found] = await Promise.all([
      claim && this.idempotency.find<TradeEntry>(sender.id, claim),
      this.database.query(access => access.findOne(where('cards', { _id: equals(uuid(cardId)) }))),
      this.database.query(access => access.findOne(userLookup(proposal.recipient))),
    ]);
    const recipient = found && publicUser(userOf(found));
    const facts: TradeFacts = { cardOwnerId: card && idOf(card.ownerId), recipientId: recipient?.id ?? null };
    const possible = facts.cardOwnerId === sender.id && recipient !== null && recipient.id !== sender.id;
    if (replayed || !possible) return { recorded: null, facts, replayed };
    try {
      const parties = [sender.id, recipient.id];
      const recorded = await this.database.transaction(parties, access =>
        recordTrade(access, proposal, recipient, claim),
      );
      return { recorded, facts, replayed: null };
    } catch (error) {
      if (isKeyTaken(error)) return { recorded: null, facts, replayed: null };
      throw error;
    }
  }
}

/**
 * The counter is read before the entries. Entries of trades in between are left out, so that `latest` and the page are
 * of the same moment: a watch that begins at `latest` delivers them, once.
 */
const withEntries = (
  entries: Filter<'trade_entries'>,
  limit: number,
): Stages<{ readonly entries: readonly EntryDocument[] }> => ({
  list: [
    {
      $lookup: {
        from: collectionName('trade_entries'),
        let: { latest: '$lastNumber' },
        pipeline: [
          matchStage(entries),
          { $sort: { number: -1 } },
          { $match: { $expr: { $lte: ['$number', '$$latest'] } } },
          { $limit: limit },
        ],
        as: 'entries',
      },
    },
  ],
});

export const entryOf = (entry: EntryDocument): TradeEntry => ({
  number: entry.number,
  direction: entry.sent ? 'sent' : 'received',
  tradeId: idOf(entry.tradeId),
  cardId: idOf(entry.cardId),
  cardName: entry.cardName as TradeEntry['cardName'],
  counterparty: {
    id: idOf(entry.counterpartyId),
    username: entry.counterpartyUsername as TradeEntry['counterparty']['username'],
    name: entry.counterpartyName as TradeEntry['counterparty']['name'],
  },
  createdAt: timestampOf(entry.createdAt),
});
