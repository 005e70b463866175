import type { AddCardOutcome, CardRepository } from '../../../application/ports/driven/card-repository.js';
import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { Database } from './database.js';
import type { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import type { Schema } from './schema.js';
import { LAST_ID, statement, writeStatement } from './statement.js';

export class PostgresCardRepository implements CardRepository {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
    private readonly idempotency: PostgresIdempotencyRecords,
  ) {
    this.statements = statements(schema);
  }

  async add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome> {
    const { id, ownerId, name, description, createdAt } = card;
    const values = [id, ownerId, name, description, createdAt];
    if (claim === null) {
      await this.database.query(this.statements.add, values);
      return { outcome: 'added' };
    }
    const { key, request, claimedAt } = claim;
    const claimed = [...values, key, request, JSON.stringify(card), claimedAt];
    const added = await this.database.query(this.statements.addOnce, claimed);
    if (added.length > 0) return { outcome: 'added' };
    // Where the record has been swept since, the key is free again.
    return (await this.idempotency.find<Card>(ownerId, claim)) ?? this.add(card, claim);
  }

  async list(ownerId: Id, { before, limit }: { before: Id | null; limit: number }): Promise<Card[]> {
    return this.database.query(this.statements.list, [ownerId, before ?? LAST_ID, limit]);
  }
}

export const CARD_COLUMNS = 'id, owner_id, name, description, created_at';

export type CardRow = readonly [Card['id'], Card['ownerId'], Card['name'], Card['description'], Card['createdAt']];

export const cardOf = ([id, ownerId, name, description, createdAt]: CardRow): Card => ({
  id,
  ownerId,
  name,
  description,
  createdAt,
});

function statements({ name: schema, statementName }: Schema) {
  return {
    add: writeStatement(
      statementName('card_add'),
      `INSERT INTO ${schema}.cards (${CARD_COLUMNS}) VALUES ($1, $2, $3, $4, $5)`,
      () => undefined,
    ),
    // Waits for another transaction that uses the key, and adds nothing then.
    addOnce: writeStatement(
      statementName('card_add_once'),
      `WITH claimed AS (
        INSERT INTO ${schema}.idempotency_records (user_id, key, request, answer, claimed_at)
        VALUES ($2, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1
      )
      INSERT INTO ${schema}.cards (${CARD_COLUMNS})
      SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::timestamptz FROM claimed RETURNING id`,
      () => undefined,
    ),
    list: statement(
      statementName('card_list'),
      `SELECT ${CARD_COLUMNS} FROM ${schema}.cards WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
      cardOf,
    ),
  };
}
