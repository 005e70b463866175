import type { CardName } from './card.js';
import type { TradepostError } from './errors.js';
import { CardNotFound, CardNotOwned, RecipientNotFound, SelfTrade } from './errors.js';
import type { Id } from './id.js';
import type { Timestamp } from './timestamp.js';
import type { PublicUser } from './user.js';

/** The transfer of one card from its owner to another user. */
export interface Trade {
  /** The id of the trade: a UUID in lower case. */
  readonly id: Id;
  /** The id of the card that changed hands. */
  readonly cardId: Id;
  /** The name of the card. */
  readonly cardName: CardName;
  /** Who gave the card. */
  readonly sender: PublicUser;
  /** Who received it. */
  readonly recipient: PublicUser;
  /** When it was recorded: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
}

/** Whether the owner of a log sent or received the card. */
export type TradeDirection = 'sent' | 'received';

/**
 * One line of a user's trade log. Every trade adds one entry to the log of each party, with that user's next number. The
 * numbers of a log have no gaps and follow the order in which the trades took effect.
 */
export interface TradeEntry {
  /** 1 for the first entry of a user's log. */
  readonly number: number;
  /** Whether the owner of the log sent or received the card. */
  readonly direction: TradeDirection;
  /** The id of the trade: the same in the logs of both parties. */
  readonly tradeId: Id;
  /** The id of the card that changed hands. */
  readonly cardId: Id;
  /** The name of the card. */
  readonly cardName: CardName;
  /** The other party, as of the time of the trade. */
  readonly counterparty: PublicUser;
  /** When the trade was recorded: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
}

/** Returns the trade that an entry of `self`'s log describes. */
export function toTrade(entry: TradeEntry, self: PublicUser): Trade {
  const { tradeId, cardId, cardName, direction, counterparty, createdAt } = entry;
  const [sender, recipient] = direction === 'sent' ? [self, counterparty] : [counterparty, self];
  return { id: tradeId, cardId, cardName, sender, recipient, createdAt };
}

/** What a store found when it refused a trade. */
export interface TradeFacts {
  /** Null if the card does not exist. */
  readonly cardOwnerId: Id | null;
  /** Null if the recipient does not exist. */
  readonly recipientId: Id | null;
}

/**
 * Returns the error for a refused trade. The rule: the card exists and the sender owns it at the moment of the trade;
 * the recipient exists and is not the sender. A store may report facts that allow the trade. Then another trade of the
 * card came first, and the sender no longer owns it.
 */
export function explainRefusal(senderId: Id, { cardOwnerId, recipientId }: TradeFacts): TradepostError {
  if (cardOwnerId === null) return new CardNotFound();
  if (cardOwnerId !== senderId) return new CardNotOwned();
  if (recipientId === null) return new RecipientNotFound();
  if (recipientId === senderId) return new SelfTrade();
  return new CardNotOwned();
}
