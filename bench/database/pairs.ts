import { v7 } from 'uuid';
import type { Person } from './people.js';
import { execute } from './postgres.js';

/** Two people and the card that they hand to and fro. */
export interface Pair<Party extends { readonly id: string } = Person> {
  readonly cardId: string;
  readonly owner: Party;
  readonly other: Party;
}

/** Makes a pair of every two people, and gives its owner a card. */
export async function addPairs<Party extends { readonly id: string }>(
  url: string,
  people: readonly Party[],
): Promise<Pair<Party>[]> {
  const pairs = people.flatMap((owner, index) => {
    const other = people[index + 1];
    return index % 2 === 0 && other ? [{ cardId: v7(), owner, other }] : [];
  });
  const rows = pairs.map(({ cardId, owner }) => `('${cardId}', '${owner.id}', 'Ball', '', now())`);
  await execute(
    url,
    `INSERT INTO tradepost.cards (id, owner_id, name, description, created_at) VALUES ${rows}`,
    'ANALYZE',
  );
  return pairs;
}

/** Returns every card to its first owner. */
export function returnCards(url: string, pairs: readonly Pair<{ readonly id: string }>[]): Promise<void> {
  const rows = pairs.map(({ cardId, owner }) => `('${cardId}'::uuid, '${owner.id}'::uuid)`);
  return execute(
    url,
    `UPDATE tradepost.cards SET owner_id = first.owner_id FROM (VALUES ${rows}) AS first (id, owner_id)
    WHERE cards.id = first.id AND cards.owner_id <> first.owner_id`,
  );
}
