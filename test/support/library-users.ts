import {
  createTradepost,
  type Storage,
  type StorageConnector,
  type Tradepost,
  type TradepostOptions,
} from '../../src/index.js';
import { cheapHashing } from './cheap-hashing.js';

export interface Opened {
  readonly tradepost: Tradepost;
  /** The open storage that it uses. */
  readonly storage: Storage;
}

export async function openTradepost(
  connector: StorageConnector,
  options: Partial<TradepostOptions> = {},
): Promise<Opened> {
  let storage: Storage | undefined;
  const open = async (): Promise<Storage> => {
    storage = await connector.open();
    return storage;
  };
  const tradepost = await createTradepost({
    hashing: cheapHashing,
    rateLimits: 'off',
    ...options,
    storage: { ...connector, open },
  });
  if (!storage) throw new Error('createTradepost did not open the store');
  return { tradepost, storage };
}

export const PASSWORD = 'correct horse battery staple';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly token: string;
  readonly sessionId: string;
}

let people = 0;

/** Registers a user and logs in. */
export async function somebody(tradepost: Tradepost): Promise<Person> {
  people += 1;
  const username = `p${process.pid}_${people}`;
  const { id } = await tradepost.registerUser({
    email: `${username}@example.org`,
    username,
    name: username,
    password: PASSWORD,
  });
  return { id, username, ...(await session(tradepost, username)) };
}

/** Opens another session of a user. */
export async function session(tradepost: Tradepost, username: string): Promise<{ token: string; sessionId: string }> {
  const { token, session: opened } = await tradepost.login({ username, password: PASSWORD, delivery: 'token' });
  return { token, sessionId: opened.id };
}

/** Trades a new card. Returns the id of the trade. */
export async function trade(tradepost: Tradepost, from: Person, to: Person): Promise<string> {
  const { token } = from;
  const card = await tradepost.addCard({ token, name: 'Ace' });
  return (await tradepost.recordTrade({ token, cardId: card.id, recipient: { id: to.id } })).id;
}

/** Trades one card back and forth. Returns the ids of the trades in order. */
export async function pingPong(tradepost: Tradepost, a: Person, b: Person, trades: number): Promise<string[]> {
  const card = await tradepost.addCard({ token: a.token, name: 'Ball' });
  const ids: string[] = [];
  for (let turn = 0; turn < trades; turn += 1) {
    const [from, to] = turn % 2 === 0 ? [a, b] : [b, a];
    ids.push((await tradepost.recordTrade({ token: from.token, cardId: card.id, recipient: { id: to.id } })).id);
  }
  return ids;
}
