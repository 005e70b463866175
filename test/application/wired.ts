import { Argon2PasswordHasher } from '../../src/adapters/driven/argon2/argon2-password-hasher.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { UuidGenerator } from '../../src/adapters/driven/system/clock-and-ids.js';
import { RandomTokenGenerator } from '../../src/adapters/driven/system/tokens-and-fingerprints.js';
import type { Caller, PasswordHasher, SessionPolicy } from '../../src/index.js';
import {
  AddCard,
  Authenticate,
  ListCards,
  ListSessions,
  ListTrades,
  Login,
  Logout,
  parseCardDescription,
  parseCardName,
  parseEmailAddress,
  parsePassword,
  parsePersonName,
  parseUsername,
  RecordTrade,
  RegisterUser,
  RevokeAllSessions,
  RevokeSession,
  SweepExpired,
} from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';

export const CHEAP = { memoryCost: 1024, timeCost: 1, parallelism: 1 };

export interface WiredOptions {
  readonly session?: SessionPolicy;
  readonly hasher?: PasswordHasher;
}

/** The use cases, composed by hand on a memory store and a clock that stands still. */
export async function wired({
  session = { lifetime: 3600, idleTimeout: null },
  hasher = new Argon2PasswordHasher(CHEAP),
}: WiredOptions = {}) {
  const storage = await memory().open();
  const { users, sessions, cards, trades, idempotency } = storage;
  const [clock, ids, tokens] = [new ManualClock(), new UuidGenerator(), new RandomTokenGenerator()];
  const useCases = {
    registerUser: new RegisterUser(users, hasher, ids, clock, { minLength: 8 }),
    login: new Login(users, sessions, hasher, tokens, ids, clock, session),
    authenticate: new Authenticate(sessions, tokens, clock, session),
    logout: new Logout(sessions),
    listSessions: new ListSessions(sessions, clock, session),
    revokeSession: new RevokeSession(sessions),
    revokeAllSessions: new RevokeAllSessions(sessions),
    addCard: new AddCard(cards, ids, clock),
    listCards: new ListCards(cards),
    recordTrade: new RecordTrade(trades, ids, clock),
    listTrades: new ListTrades(trades),
    sweepExpired: new SweepExpired(sessions, idempotency, clock, session),
  };

  const password = parsePassword('correct horse');
  const account = (name: string) => ({ email: parseEmailAddress(`${name}@example.org`) });
  return {
    storage,
    clock,
    tokens,
    ...useCases,
    register: (name: string) =>
      useCases.registerUser.execute({
        ...account(name),
        username: parseUsername(name),
        name: parsePersonName(name),
        password,
      }),
    logIn: (name: string, replaces: string | null = null) =>
      useCases.login.execute({ account: account(name), password, userAgent: null, replaces }),
    callerOf: (token: string): Promise<Caller> => useCases.authenticate.execute({ token }),
    card: (caller: Caller, name: string, idempotencyKey: string | null = null) =>
      useCases.addCard.execute({
        caller,
        name: parseCardName(name),
        description: parseCardDescription(''),
        idempotencyKey,
      }),
  };
}
