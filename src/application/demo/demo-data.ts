import type { Card, CardDescription, CardName } from '../../domain/card.js';
import type { EmailAddress } from '../../domain/email-address.js';
import type { Id } from '../../domain/id.js';
import { timestamp } from '../../domain/timestamp.js';
import type { PersonName, User, Username } from '../../domain/user.js';
import { publicUser } from '../../domain/user.js';
import type { ArchiveRows } from '../ports/driven/storage-archive.js';
import { SeededNumbers } from './seeded-numbers.js';

export interface DemoSize {
  /** 2 to 100,000: a trade needs two. */
  readonly users: number;
  /** 0 to 10,000,000. Takes 20 bytes of memory each. */
  readonly trades: number;
}

export const MOST_DEMO_USERS = 100_000;
export const MOST_DEMO_TRADES = 10_000_000;

const CARDS_PER_USER = 5;

const DAY = 86_400_000;
/** Milliseconds. Accounts are opened in the first 30 days, then cards are added for 30 days, then traded for 120 days. */
const START = Date.UTC(2025, 0, 1);
const CARDS_START = START + 30 * DAY;
const TRADES_START = CARDS_START + 30 * DAY;
const TRADES_END = TRADES_START + 120 * DAY;

const FIRST = ['Ada', 'Bela', 'Chen', 'Dara', 'Emil', 'Fatma', 'Goran', 'Hana', 'Ivo', 'Jun', 'Kai', 'Lena', 'Mara'];
const LAST = ['Adeyemi', 'Brandt', 'Costa', 'Dubois', 'Eriksen', 'Fischer', 'Garcia', 'Horvat', 'Ito', 'Jansen', 'Kim'];
const KINDS = ['Amber', 'Silent', 'Crimson', 'Hollow', 'Northern', 'Gilded', 'Restless', 'Ancient', 'Lunar'];
const CREATURES = ['Falcon', 'Otter', 'Golem', 'Dragon', 'Sparrow', 'Lynx', 'Giant', 'Fox', 'Whale', 'Owl', 'Stag'];

/** What the ids of rows are made of besides time and index, so that no two rows have the same. */
const KIND_OF_ID = { user: 1, card: 2, trade: 3 } as const;

/**
 * A store full of made-up users who have traded, as rows. The same size and seed give the same rows, with the same ids and
 * times, all in 2025. Owners of cards and logs agree, and logs have no gaps.
 */
export class DemoData {
  private readonly users: readonly User[];
  private readonly cards: readonly Card[];
  private readonly history: History;

  constructor(
    private readonly size: DemoSize,
    private readonly seed: number,
    private readonly passwordHash: string,
  ) {
    this.users = Array.from({ length: size.users }, (_, index) => this.makeUser(index));
    this.history = playTrades(size, new SeededNumbers(seed));
    this.cards = Array.from(this.history.owners, (owner, index) => this.makeCard(owner, index));
  }

  /** How many rows there are. */
  get counts(): { readonly users: number; readonly cards: number; readonly tradeEntries: number } {
    return { users: this.users.length, cards: this.cards.length, tradeEntries: 2 * this.size.trades };
  }

  *accounts(): Generator<ArchiveRows['users']> {
    for (const user of this.users) yield { user, passwordHash: this.passwordHash };
  }

  *allCards(): Generator<Card> {
    yield* this.cards;
  }

  /** One log after the other, because stores keep them together, and writing in that order is fastest. */
  *tradeEntries(): Generator<ArchiveRows['tradeEntries']> {
    const { logs, ends } = this.history;
    const people = this.users.map(publicUser);
    let position = 0;
    for (const [self, user] of this.users.entries()) {
      const end = ends[self] ?? 0;
      for (let number = 1; position < end; number += 1, position += 1) {
        const trade = logs[position] ?? 0;
        const isSent = this.history.senders[trade] === self;
        const other = (isSent ? this.history.recipients : this.history.senders)[trade] ?? 0;
        const card = this.cards[this.history.cards[trade] ?? 0];
        const counterparty = people[other];
        if (!card || !counterparty) throw new RangeError('a trade names no card or no user');
        const time = spread(TRADES_START, TRADES_END, trade, this.size.trades);
        yield {
          userId: user.id,
          entry: {
            number,
            direction: isSent ? 'sent' : 'received',
            tradeId: this.idOf('trade', trade, time),
            cardId: card.id,
            cardName: card.name,
            counterparty,
            createdAt: timestamp(time),
          },
        };
      }
    }
  }

  private makeUser(index: number): User {
    const time = spread(START, CARDS_START, index, this.size.users);
    const username = `demo${index + 1}`;
    return {
      id: this.idOf('user', index, time),
      // RFC 2606, 3: example.org is reserved, so no mail goes to a person.
      email: `${username}@example.org` as EmailAddress,
      username: username as Username,
      name: `${pick(FIRST, index)} ${pick(LAST, Math.floor(index / FIRST.length))}` as PersonName,
      createdAt: timestamp(time),
    };
  }

  private makeCard(owner: number, index: number): Card {
    const time = spread(CARDS_START, TRADES_START, index, this.size.users * CARDS_PER_USER);
    const name = `${pick(KINDS, index)} ${pick(CREATURES, Math.floor(index / KINDS.length))}`;
    return {
      id: this.idOf('card', index, time),
      ownerId: (this.users[owner]?.id ?? '') as Id,
      name: name as CardName,
      description: `Demo card number ${index + 1}.` as CardDescription,
      createdAt: timestamp(time),
    };
  }

  /** A UUIDv7 (RFC 9562, 5.7) of time, kind, seed and index. */
  private idOf(kind: keyof typeof KIND_OF_ID, index: number, time: number): Id {
    const clock = hex(time, 12);
    const seed = hex(this.seed, 8);
    return `${clock.slice(0, 8)}-${clock.slice(8)}-7${KIND_OF_ID[kind]}${seed.slice(0, 2)}-8${seed.slice(2, 5)}-0${seed.slice(5)}${hex(index, 8)}` as Id;
  }
}

/** What happened, in numbers: users, cards and trades by their index. */
interface History {
  /** The owner of each card, after all trades. */
  readonly owners: Int32Array;
  readonly cards: Int32Array;
  readonly senders: Int32Array;
  readonly recipients: Int32Array;
  /** The trades of each user in order, one user after the other. */
  readonly logs: Int32Array;
  /** Where each user's trades end in `logs`. */
  readonly ends: Int32Array;
}

/** Trades random cards, one after the other: their owner gives them to another user. */
function playTrades({ users, trades }: DemoSize, random: SeededNumbers): History {
  const owners = Int32Array.from({ length: users * CARDS_PER_USER }, (_, index) => index % users);
  const [cards, senders, recipients] = [new Int32Array(trades), new Int32Array(trades), new Int32Array(trades)];
  const counts = new Int32Array(users);
  for (let trade = 0; trade < trades; trade += 1) {
    const card = random.below(owners.length);
    const sender = owners[card] ?? 0;
    const other = random.below(users - 1);
    const recipient = other < sender ? other : other + 1;
    owners[card] = recipient;
    [cards[trade], senders[trade], recipients[trade]] = [card, sender, recipient];
    counts[sender] = (counts[sender] ?? 0) + 1;
    counts[recipient] = (counts[recipient] ?? 0) + 1;
  }
  return { owners, cards, senders, recipients, ...sortIntoLogs(senders, recipients, counts) };
}

function sortIntoLogs(senders: Int32Array, recipients: Int32Array, counts: Int32Array): Pick<History, 'logs' | 'ends'> {
  const ends = new Int32Array(counts.length);
  let sum = 0;
  for (const [user, count] of counts.entries()) {
    // Where the user's trades begin. Each one added moves it to the end.
    ends[user] = sum;
    sum += count;
  }
  const logs = new Int32Array(sum);
  for (let trade = 0; trade < senders.length; trade += 1) {
    for (const user of [senders[trade] ?? 0, recipients[trade] ?? 0]) {
      const position = ends[user] ?? 0;
      logs[position] = trade;
      ends[user] = position + 1;
    }
  }
  return { logs, ends };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const pick = (list: readonly string[], index: number): string => list[index % list.length] ?? '';

/** The time of one of many things that are spread evenly over a period, in whole milliseconds. */
const spread = (from: number, to: number, index: number, count: number): number =>
  from + Math.floor(((to - from) * index) / count);
