import type { CardName } from './card.js';
import type { TradepostError } from './errors.js';
import { CardNotFound, CardNotOwned, RecipientNotFound, SelfTrade } from './errors.js';
import type { Id } from './id.js';
import type { Timestamp } from './timestamp.js';
import type { PublicUser } from './user.js';

/** One card handed from its owner to another user. */
export interface Trade {
  readonly id: Id;
  readonly cardId: Id;
  readonly cardName: CardName;
  readonly sender: PublicUser;
  readonly recipient: PublicUser;
  readonly createdAt: Timestamp;
}

export type TradeDirection = 'sent' | 'received';

/**
 * A trade as one of its two parties has it in their log. Every trade makes two entries, one each, at that user's next
 * number: the numbers of a log have no gaps and are in the order the trades took effect.
 */
export interface TradeEntry {
  /** 1 for the first entry of a user's log. */
  readonly number: number;
  readonly direction: TradeDirection;
  readonly tradeId: Id;
  readonly cardId: Id;
  readonly cardName: CardName;
  /** The other party, as they were at the time. */
  readonly counterparty: PublicUser;
  readonly createdAt: Timestamp;
}

/** The trade behind an entry of `self`'s log. */
export function tradeOf(entry: TradeEntry, self: PublicUser): Trade {
  const { tradeId, cardId, cardName, direction, counterparty, createdAt } = entry;
  const [sender, recipient] = direction === 'sent' ? [self, counterparty] : [counterparty, self];
  return { id: tradeId, cardId, cardName, sender, recipient, createdAt };
}

/** What a store saw when it did not carry out a trade. */
export interface TradeFacts {
  /** Null where the card does not exist. */
  readonly cardOwnerId: Id | null;
  /** Null where the recipient does not exist. */
  readonly recipientId: Id | null;
}

/**
 * Why a trade was refused. The rule: the card exists and the sender owns it at the moment of the trade; the recipient
 * exists and is not the sender. A store can report facts under which the trade looks possible: then another trade of
 * the same card was faster, and the sender does not own it any more.
 */
export function refusal(senderId: Id, { cardOwnerId, recipientId }: TradeFacts): TradepostError {
  if (cardOwnerId === null) return new CardNotFound();
  if (cardOwnerId !== senderId) return new CardNotOwned();
  if (recipientId === null) return new RecipientNotFound();
  if (recipientId === senderId) return new SelfTrade();
  return new CardNotOwned();
}
