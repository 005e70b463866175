// @ts-check
/** How rows of the tables become the values of the ports, and back. */

/** @import { Account, Card, Session, TradeEntry } from 'tradepost' */
/** @import { Row, Value } from './database.js' */

/** @param {Row} row @returns {Account} */
export const accountOf = row => ({
  user: { id: row.id, email: row.email, username: row.username, name: row.name, createdAt: row.created_at },
  passwordHash: row.password_hash,
});

/** @param {Row} row @returns {Session} */
export const sessionOf = row => ({
  id: row.id,
  userId: row.user_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  userAgent: row.user_agent,
});

/** @param {Session} session @param {string} digest @returns {Value[]} */
export const sessionValues = (session, digest) => [
  digest,
  session.id,
  session.userId,
  session.createdAt,
  session.expiresAt,
  session.lastUsedAt,
  session.userAgent,
];

/** @param {Row} row @returns {Card} */
export const cardOf = row => ({
  id: row.id,
  ownerId: row.owner_id,
  name: row.name,
  description: row.description,
  createdAt: row.created_at,
});

/** @param {Card} card @returns {Value[]} */
export const cardValues = card => [card.id, card.ownerId, card.name, card.description, card.createdAt];

/** @param {Row} row @returns {TradeEntry} */
export const entryOf = row => ({
  number: row.number,
  direction: row.direction,
  tradeId: row.trade_id,
  cardId: row.card_id,
  cardName: row.card_name,
  counterparty: { id: row.counterparty_id, username: row.counterparty_username, name: row.counterparty_name },
  createdAt: row.created_at,
});

/** @param {string} userId @param {TradeEntry} entry @returns {Value[]} */
export const entryValues = (userId, { counterparty, ...entry }) => [
  userId,
  entry.number,
  entry.direction,
  entry.tradeId,
  entry.cardId,
  entry.cardName,
  counterparty.id,
  counterparty.username,
  counterparty.name,
  entry.createdAt,
];
