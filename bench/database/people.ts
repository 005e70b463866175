import { sign } from 'cookie-signature';
import type { StorageConnector, TradepostOptions } from '../../src/index.js';
import { built } from '../built.js';
import { SECRET } from '../contestants/contestant.js';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly name: string;
  readonly token: string;
}

export const PASSWORD = 'correct horse battery staple';

/** The cheapest hashing, for stages that do not measure logins. */
const CHEAP = { memoryCost: 1024, timeCost: 2, parallelism: 1, waiting: 10_000, patience: 60_000 };

/** The product's default cost. Any number of hashes may wait. */
const USUAL = { memoryCost: 19_456, timeCost: 2, parallelism: 1, waiting: 10_000, patience: 600_000 };

const BATCH = 50;
const DAY = 86_400;

let people = 0;

/** Adds people with a session each to a store, with the built library. Sessions last a day. */
export async function addPeople(
  storage: StorageConnector,
  count: number,
  { hashing = 'cheap' }: { readonly hashing?: 'cheap' | 'usual' } = {},
): Promise<Person[]> {
  const { createTradepost } = await built.tradepost();
  const options: TradepostOptions = {
    storage,
    hashing: hashing === 'cheap' ? CHEAP : USUAL,
    rateLimits: 'off',
    session: { lifetime: DAY, idleTimeout: null },
  };
  const tradepost = await createTradepost(options);
  const add = async (): Promise<Person> => {
    people += 1;
    const username = `person_${people}`;
    const email = `${username}@example.org`;
    const { id, name } = await tradepost.registerUser({
      email,
      username,
      name: `Person ${people}`,
      password: PASSWORD,
    });
    const { token } = await tradepost.login({ username, password: PASSWORD });
    return { id, username, email, name, token };
  };
  try {
    const added: Person[] = [];
    while (added.length < count) {
      const batch = Math.min(BATCH, count - added.length);
      added.push(...(await Promise.all(Array.from({ length: batch }, add))));
    }
    return added;
  } finally {
    await tradepost.close();
  }
}

/** Returns the `Cookie` header for a person's session; `name` is the cookie's name. */
export const cookieOf = ({ token }: Person, name: string): string => `${name}=${sign(token, SECRET)}`;
