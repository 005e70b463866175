import type { AddCardOutcome, CardRepository } from '../../../application/ports/driven/card-repository.js';
import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { Collections } from './collections.js';
import type { Database } from './database.js';
import { below, equals, where } from './filter.js';
import type { MongoIdempotencyRecords } from './mongo-idempotency-records.js';
import { isKeyTaken, recordOf } from './mongo-idempotency-records.js';
import { date, idOf, timestampOf, uuid } from './types.js';

type CardDocument = Collections['cards'];

export class MongoCardRepository implements CardRepository {
  constructor(
    private readonly database: Database,
    private readonly idempotency: MongoIdempotencyRecords,
  ) {}

  async add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome> {
    const added = documentOf(card);
    if (claim === null) {
      await this.database.query(access => access.insert('cards', added));
      return { outcome: 'added' };
    }
    try {
      await this.database.transaction([card.ownerId], async access => {
        await access.insert('idempotency_records', recordOf(card.ownerId, claim, card));
        await access.insert('cards', added);
      });
      return { outcome: 'added' };
    } catch (error) {
      if (!isKeyTaken(error)) throw error;
    }
    // Where the record has been swept since, the key is free again.
    return (await this.idempotency.find<Card>(card.ownerId, claim)) ?? this.add(card, claim);
  }

  async list(ownerId: Id, { before, limit }: { before: Id | null; limit: number }): Promise<Card[]> {
    const owned = where('cards', {
      ownerId: equals(uuid(ownerId)),
      _id: before === null ? null : below(uuid(before)),
    });
    return (await this.database.query(access => access.find(owned, { sort: { _id: -1 }, limit }))).map(cardOf);
  }
}

export const documentOf = ({ id, ownerId, name, description, createdAt }: Card): CardDocument => ({
  _id: uuid(id),
  ownerId: uuid(ownerId),
  name,
  description,
  createdAt: date(createdAt),
});

export const cardOf = ({ _id, ownerId, name, description, createdAt }: CardDocument): Card => ({
  id: idOf(_id),
  ownerId: idOf(ownerId),
  name: name as Card['name'],
  description: description as Card['description'],
  createdAt: timestampOf(createdAt),
});
