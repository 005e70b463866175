import { Argon2PasswordHasher } from '../../src/adapters/driven/argon2/argon2-password-hasher.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { RandomTokenGenerator, UuidGenerator } from '../../src/adapters/driven/system/system.js';
import { DEFAULT_SESSION_POLICY } from '../../src/domain/session.js';
import type { AttemptPolicy, Caller, PasswordHasher, SessionPolicy } from '../../src/index.js';
import {
  createUseCases,
  parseCardDescription,
  parseCardName,
  parseEmailAddress,
  parsePassword,
  parsePersonName,
  parseUsername,
} from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { cheapHashing } from './cheap-hashing.js';

export interface WireOptions {
  readonly session?: Partial<SessionPolicy>;
  readonly hasher?: PasswordHasher;
  /** No limits if left out. */
  readonly rateLimits?: AttemptPolicy | null;
}

/** Builds the use cases on a memory store and a clock that does not move. */
export async function wire({
  session,
  hasher = new Argon2PasswordHasher(cheapHashing),
  rateLimits = null,
}: WireOptions = {}) {
  const storage = await memory().open();
  const [clock, ids, tokens] = [new ManualClock(), new UuidGenerator(), new RandomTokenGenerator()];
  const { useCases, sweep } = createUseCases({
    ...storage,
    hasher,
    tokens,
    ids,
    clock,
    passwordPolicy: { minLength: 8 },
    sessionPolicy: { ...DEFAULT_SESSION_POLICY, ...session },
    attemptPolicy: rateLimits,
  });

  const password = parsePassword('correct horse');
  const account = (name: string) => ({ email: parseEmailAddress(`${name}@example.org`) });
  return {
    storage,
    clock,
    tokens,
    sweep,
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
