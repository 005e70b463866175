import type { Migration } from './migration.js';

/**
 * The collections of the core. The limits of the domain are repeated as validators, so that another program that writes
 * to these collections cannot break them. Validators also keep objects, and so operators, out of stored documents.
 */
export const core: Migration = {
  name: '0001-core',
  apply: async ({ collection, index }) => {
    await collection('users', {
      _id: UUID,
      email: text(3, 254),
      username: text(3, 30),
      usernameKey: text(3, 30),
      name: text(1, 100),
      passwordHash: text(1),
      createdAt: DATE,
    });
    await index('users', { email: 1 }, { unique: true });
    await index('users', { usernameKey: 1 }, { unique: true });

    await collection('sessions', {
      _id: UUID,
      digest: { bsonType: 'binData' },
      userId: UUID,
      createdAt: DATE,
      expiresAt: DATE,
      lastUsedAt: DATE,
      userAgent: { bsonType: ['string', 'null'] },
    });
    await index('sessions', { digest: 1 }, { unique: true });
    await index('sessions', { userId: 1, _id: -1 });
    // Tradepost sweeps expired sessions itself. This index is for a database that no process uses any more. It deletes an
    // hour late, so that a database whose clock is ahead does not end live sessions.
    await index('sessions', { expiresAt: 1 }, { expireAfterSeconds: 3600 });

    await collection('cards', {
      _id: UUID,
      ownerId: UUID,
      name: text(1, 100),
      description: text(0, 1000),
      createdAt: DATE,
    });
    await index('cards', { ownerId: 1, _id: -1 });

    // Separate from users, so that trades do not conflict with changes of users.
    await collection('trade_counters', { _id: UUID, lastNumber: { ...NUMBER, minimum: 1 } });

    await collection('trade_entries', {
      userId: UUID,
      number: { ...NUMBER, minimum: 1 },
      sent: { bsonType: 'bool' },
      tradeId: UUID,
      cardId: UUID,
      cardName: text(1, 100),
      counterpartyId: UUID,
      counterpartyUsername: text(3, 30),
      counterpartyName: text(1, 100),
      createdAt: DATE,
    });
    await index('trade_entries', { userId: 1, number: -1 }, { unique: true });
    await index('trade_entries', { userId: 1, sent: 1, number: -1 });

    await collection('idempotency_records', {
      userId: UUID,
      key: text(1),
      request: text(1),
      answer: text(1),
      claimedAt: DATE,
    });
    await index('idempotency_records', { userId: 1, key: 1 }, { unique: true });
    await index('idempotency_records', { claimedAt: 1 });
  },
};

const UUID = { bsonType: 'binData' } as const;
const DATE = { bsonType: 'date' } as const;
// The driver writes whole numbers as the smallest of int, long and double that holds them.
const NUMBER = { bsonType: ['int', 'long', 'double'] } as const;

/** Lengths in characters. */
const text = (minLength: number, maxLength?: number) =>
  maxLength === undefined
    ? ({ bsonType: 'string', minLength } as const)
    : ({ bsonType: 'string', minLength, maxLength } as const);
