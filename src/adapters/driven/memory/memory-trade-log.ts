import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type {
  RecordOutcome,
  TradeLog,
  TradeLogPage,
  TradeProposal,
} from '../../../application/ports/driven/trade-log.js';
import type { Broadcast } from '../../../application/storage-kit/index.js';
import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { TradeDirection, TradeEntry } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import { publicUser } from '../../../domain/user.js';
import type { MemoryCardRepository } from './memory-card-repository.js';
import type { MemoryIdempotencyRecords } from './memory-idempotency-records.js';
import type { MemoryUserRepository } from './memory-user-repository.js';
import { SortedList } from './sorted-list.js';

type Entries = SortedList<number, TradeEntry>;
type UserLog = Readonly<Record<TradeDirection | 'all', Entries>>;

const emptyLog = (): UserLog => {
  const entries = (): Entries => new SortedList(({ number }) => number);
  return { all: entries(), sent: entries(), received: entries() };
};

/** No method awaits between reading and writing, so every method is atomic. */
export class MemoryTradeLog implements TradeLog {
  private readonly logs = new Map<Id, UserLog>();

  constructor(
    private readonly users: MemoryUserRepository,
    private readonly cards: MemoryCardRepository,
    private readonly idempotency: MemoryIdempotencyRecords,
    private readonly signals: Broadcast,
  ) {}

  async record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome> {
    const { sender } = proposal;
    const earlier = this.idempotency.find<TradeEntry>(sender.id, claim);
    if (earlier) return earlier;

    const card = this.cards.find(proposal.cardId);
    const recipient = this.users.find(proposal.recipient)?.user ?? null;
    if (card?.ownerId !== sender.id || !recipient || recipient.id === sender.id) {
      const facts = { cardOwnerId: card?.ownerId ?? null, recipientId: recipient?.id ?? null };
      return { outcome: 'refused', facts };
    }

    this.cards.move(card, recipient.id);
    const entry = this.append(sender.id, 'sent', proposal, card, publicUser(recipient));
    this.append(recipient.id, 'received', proposal, card, publicUser(sender));
    this.idempotency.keep(sender.id, claim, entry);
    this.signals.publish({ kind: 'entries', userIds: [sender.id, recipient.id] });
    return { outcome: 'recorded', entry };
  }

  async page(
    userId: Id,
    { direction, before, limit }: { direction: TradeDirection | 'all'; before: number | null; limit: number },
  ): Promise<TradeLogPage> {
    const log = this.logs.get(userId) ?? emptyLog();
    return { entries: log[direction].below(before, limit), latest: log.all.last?.number ?? 0 };
  }

  async entriesAfter(userId: Id, after: number, limit: number): Promise<TradeEntry[]> {
    return this.logs.get(userId)?.all.from(after + 1, limit) ?? [];
  }

  async latest(userIds: readonly Id[]): Promise<ReadonlyMap<Id, number>> {
    return new Map(userIds.map(id => [id, this.logs.get(id)?.all.last?.number ?? 0]));
  }

  /** All entries of all logs, for the archive. */
  all(): { userId: Id; entry: TradeEntry }[] {
    return [...this.logs].flatMap(([userId, { all }]) => all.below(null, all.length).map(entry => ({ userId, entry })));
  }

  put(userId: Id, entry: TradeEntry): void {
    const log = this.logs.get(userId) ?? emptyLog();
    this.logs.set(userId, log);
    log.all.add(entry);
    log[entry.direction].add(entry);
  }

  private append(
    userId: Id,
    direction: TradeDirection,
    { id: tradeId, createdAt }: TradeProposal,
    { id: cardId, name: cardName }: Card,
    counterparty: PublicUser,
  ): TradeEntry {
    const number = (this.logs.get(userId)?.all.last?.number ?? 0) + 1;
    const entry: TradeEntry = { number, direction, tradeId, cardId, cardName, counterparty, createdAt };
    this.put(userId, entry);
    return entry;
  }
}
