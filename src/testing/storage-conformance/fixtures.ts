import { createHash, randomBytes } from 'node:crypto';
import type { IdempotencyClaim } from '../../application/ports/driven/idempotency.js';
import type { SessionCap } from '../../application/ports/driven/session-repository.js';
import type { CopyableConnector, Storage } from '../../application/ports/driven/storage.js';
import type { TradeProposal } from '../../application/ports/driven/trade-log.js';
import type { UserReference } from '../../application/ports/driven/user-repository.js';
import type { Card } from '../../domain/card.js';
import { parseCardDescription, parseCardName } from '../../domain/card.js';
import { parseEmailAddress } from '../../domain/email-address.js';
import type { Id } from '../../domain/id.js';
import { uuidV7 } from '../../domain/id.js';
import type { LivenessBounds, Session } from '../../domain/session.js';
import type { Timestamp } from '../../domain/timestamp.js';
import { addSeconds, timestamp } from '../../domain/timestamp.js';
import type { User } from '../../domain/user.js';
import { parsePersonName, parseUsername } from '../../domain/user.js';

/**
 * One requirement of the storage ports. `run` throws (an `AssertionError` of `node:assert`) where the store does not meet
 * it. Every case makes users of its own, so cases can share one store and run in any order.
 */
export interface ConformanceCase {
  /** What the case shows, as a title of a test. */
  readonly name: string;
  /** Runs the case. Rejects if the store breaks the rule. */
  run(storage: Storage): Promise<void>;
}

/** One requirement of a connector's `copying`. Every case needs an empty store of its own. */
export interface ArchiveConformanceCase {
  /** What the case shows, as a title of a test. */
  readonly name: string;
  /** Runs the case. Rejects if a store breaks the rule. */
  run(empty: CopyableConnector): Promise<void>;
}

/** The time of all cases, so that none depends on the system clock. */
export const NOW: Timestamp = timestamp(Date.UTC(2026, 0, 31, 12, 0, 0, 120));

let ids = 0;
/** Later ids sort after earlier ones. */
export const newId = (): Id => uuidV7(Date.now(), ++ids, randomBytes(6));

const unique = (): string => randomBytes(9).toString('hex');

export function newUser(overrides: Partial<Pick<User, 'email' | 'username' | 'name'>> = {}): User {
  const name = unique();
  return {
    id: newId(),
    email: parseEmailAddress(`${name}@example.org`),
    username: parseUsername(name),
    name: parsePersonName('Somebody'),
    createdAt: NOW,
    ...overrides,
  };
}

export async function addUser(storage: Storage, user: User = newUser()): Promise<User> {
  await storage.users.add({ user, passwordHash: '$hash$' });
  return user;
}

export const newDigest = (): string => createHash('sha256').update(unique()).digest('hex');

export const HOUR = 3600;

export const newSession = (user: Pick<User, 'id'>, overrides: Partial<Session> = {}): Session => ({
  id: newId(),
  userId: user.id,
  createdAt: NOW,
  expiresAt: addSeconds(NOW, HOUR),
  lastUsedAt: NOW,
  userAgent: 'conformance',
  ...overrides,
});

/** The bounds `seconds` after NOW. */
export const boundsAt = (seconds: number, idleTimeout: number | null = null): LivenessBounds => ({
  now: addSeconds(NOW, seconds),
  idleSince: idleTimeout === null ? null : addSeconds(NOW, seconds - idleTimeout),
});

/** A cap at NOW that no case reaches unless it is about the cap. */
export const capOf = (max: number, bounds: LivenessBounds = boundsAt(0)): SessionCap => ({ max, ...bounds });
export const UNCAPPED = capOf(1000);

/** Opens a session. */
export async function addSession(
  storage: Storage,
  user: Pick<User, 'id'>,
  overrides: Partial<Session> = {},
  cap: SessionCap = UNCAPPED,
): Promise<{ session: Session; digest: string }> {
  const [session, digest] = [newSession(user, overrides), newDigest()];
  await storage.sessions.add(session, digest, null, cap);
  return { session, digest };
}

export const newCard = (owner: User, name = 'A card'): Card => ({
  id: newId(),
  ownerId: owner.id,
  name: parseCardName(name),
  description: parseCardDescription('Its description'),
  createdAt: NOW,
});

export async function addCard(storage: Storage, owner: User, name?: string): Promise<Card> {
  const card = newCard(owner, name);
  await storage.cards.add(card, null);
  return card;
}

export const proposal = (sender: User, card: { readonly id: Id }, recipient: UserReference): TradeProposal => ({
  id: newId(),
  cardId: card.id,
  sender: { id: sender.id, username: sender.username, name: sender.name },
  recipient,
  createdAt: NOW,
});

export const newClaim = (request = 'request', key = unique()): IdempotencyClaim => ({ key, request, claimedAt: NOW });

/** The ids of all cards of a user, newest first. */
export const cardsOf = async (storage: Storage, owner: User): Promise<Id[]> =>
  (await storage.cards.list(owner.id, { before: null, limit: 1000 })).map(({ id }) => id);

export const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The item at the index; after the last one the items repeat. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('there are no items');
  return item;
}
