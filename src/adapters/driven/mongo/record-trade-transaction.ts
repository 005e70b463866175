import type { UUID } from 'mongodb';
import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type { TradeProposal } from '../../../application/ports/driven/trade-log.js';
import type { TradeEntry } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import type { Access } from './access.js';
import type { Collections } from './collections.js';
import { equals, where } from './filter.js';
import { recordOf } from './mongo-idempotency-records.js';
import { date, uuid } from './types.js';

export type EntryDocument = Collections['trade_entries'];

/**
 * A whole trade, inside a transaction. Returns the sender's new entry, or null where the card is not the sender's (any
 * more) and nothing was done.
 *
 * The owner is changed on condition that the card is still the sender's. This comes first, so that an attempt that has
 * lost the card ends before it has touched what others need. Then both counters are raised, in the order of their users'
 * ids, so that of two opposite trades one fails at the first counter instead of both aborting each other. A counter that
 * an open transaction has changed cannot be changed by another, which makes the numbers gapless and in commit order.
 *
 * Two attempts with one idempotency key cannot both move a card: the second violates the unique index of the records,
 * which rolls back all of it.
 */
export async function recordTrade(
  access: Access,
  { id, cardId, sender, createdAt }: TradeProposal,
  recipient: PublicUser,
  claim: IdempotencyClaim | null,
): Promise<TradeEntry | null> {
  const [senderId, recipientId] = [uuid(sender.id), uuid(recipient.id)];
  const own = where('cards', { _id: equals(uuid(cardId)), ownerId: equals(senderId) });
  const card = await access.findAndUpdate(own, { set: { ownerId: recipientId } });
  if (!card) return null;

  const numbers = new Map<UUID, number>();
  const inOrder = sender.id < recipient.id ? [senderId, recipientId] : [recipientId, senderId];
  for (const userId of inOrder) numbers.set(userId, await nextNumber(access, userId));

  const cardName = card.name as TradeEntry['cardName'];
  const entry = (userId: UUID, direction: TradeEntry['direction'], counterparty: PublicUser): TradeEntry => ({
    number: numbers.get(userId) ?? Number.NaN,
    direction,
    tradeId: id,
    cardId,
    cardName,
    counterparty: { id: counterparty.id, username: counterparty.username, name: counterparty.name },
    createdAt,
  });
  const sent = entry(senderId, 'sent', recipient);
  const received = entry(recipientId, 'received', sender);
  await access.insert('trade_entries', documentOf(senderId, sent), documentOf(recipientId, received));
  if (claim) await access.insert('idempotency_records', recordOf(sender.id, claim, sent));
  return sent;
}

async function nextNumber(access: Access, userId: UUID): Promise<number> {
  const counter = where('trade_counters', { _id: equals(userId) });
  const raised = await access.findAndUpdate(counter, { increment: { lastNumber: 1 } }, { upsert: true });
  if (!raised) throw new Error('An upsert returned no document.');
  return raised.lastNumber;
}

export const documentOf = (userId: UUID, entry: TradeEntry): EntryDocument => ({
  userId,
  number: entry.number,
  sent: entry.direction === 'sent',
  tradeId: uuid(entry.tradeId),
  cardId: uuid(entry.cardId),
  cardName: entry.cardName,
  counterpartyId: uuid(entry.counterparty.id),
  counterpartyUsername: entry.counterparty.username,
  counterpartyName: entry.counterparty.name,
  createdAt: date(entry.createdAt),
});
