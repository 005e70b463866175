import type { Id } from '../../domain/id.js';
import type { SessionPolicy } from '../../domain/session.js';
import type { User } from '../../domain/user.js';
import type { Faults } from './faults.js';
import type { SimulatedProcess } from './process.js';
import type { SeededRandom } from './random.js';
import type { VirtualTime } from './virtual-time.js';

/** A session as its user knows it. */
export interface Login {
  /** Null until the login was answered. */
  token: string | null;
  sessionId: Id | null;
  /** Milliseconds of the virtual clock. */
  expiresAt: number;
  /** When it was last used for certain, in milliseconds of the virtual clock. */
  usedAt: number;
  /** Something that may have ended it was begun. */
  mayHaveEnded: boolean;
  /** Its end was acknowledged. */
  hasEnded: boolean;
}

/** A user with what is known about the sessions, by all of the user's clients. */
export interface Person {
  readonly user: User;
  readonly password: string;
  readonly logins: Login[];
  /** Revocations of all sessions that are not answered yet. */
  revocations: number;
  /** Until when an unanswered revocation may take effect, in virtual milliseconds. */
  revocationUntil: number;
}

/** A trade that a client wants, however often it sends the request. */
export interface TradeIntent {
  readonly key: string | null;
  readonly sender: Person;
  readonly cardId: Id;
  /** Ids of the trades in the answers. */
  readonly acknowledged: Set<Id>;
  refused: boolean;
  /** An answer was missing, or the request was sent twice at once. */
  isUncertain: boolean;
}

/** The trades of a user as one watcher received them, across all its watches. */
export interface Watcher {
  readonly person: Person;
  readonly name: string;
  /** The cursor at which the first watch began; null before. */
  start: string | null;
  readonly delivered: { readonly cursor: string; readonly tradeId: Id }[];
  /** The session of the watch that is open; null between watches. */
  watching: Login | null;
}

/** A page as a client read it. */
export interface PageRead {
  readonly person: Person;
  readonly after: string | null;
  readonly limit: number;
  readonly latest: string;
  readonly tradeIds: readonly Id[];
  /** Trades of the user that had been acknowledged before the request. */
  readonly known: readonly Id[];
}

/** One run: what decides it, and what its clients have seen. */
export interface World {
  readonly random: SeededRandom;
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly processes: readonly SimulatedProcess[];
  readonly sessionPolicy: SessionPolicy;
  readonly people: Person[];
  /** The user who added each card. */
  readonly creators: Map<Id, Person>;
  /** The user who owns each card, as far as clients know. */
  readonly owners: Map<Id, Person>;
  readonly intents: TradeIntent[];
  /** The key with which each trade was proposed to the store. */
  readonly proposals: Map<Id, string | null>;
  readonly watchers: Watcher[];
  readonly pages: PageRead[];
  trace(line: string): void;
  /** Reports that something is wrong. The run continues. */
  violation(text: string): void;
}

/** The virtual clock in milliseconds since 1970. */
export const clockOf = ({ time }: World): number => Date.parse(time.clock.now());
