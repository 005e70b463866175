import { describe, expect, it, vi } from 'vitest';
import { MemoryAttemptLimiter } from '../../src/adapters/driven/memory/memory-attempt-limiter.js';
import { UuidGenerator } from '../../src/adapters/driven/system/system.js';
import { AttemptGuard } from '../../src/application/attempt-guard.js';
import { RegisterUser } from '../../src/application/use-cases/register-user.js';
import type { Password } from '../../src/index.js';
import { parseEmailAddress, parsePassword, parsePersonName, parseUsername } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';

const input = (password: string) => ({
  email: parseEmailAddress('ann@example.org'),
  username: parseUsername('ann'),
  name: parsePersonName('Ann'),
  password: parsePassword(password),
});

function register(known: readonly string[]) {
  const steps: string[] = [];
  const users = {
    add: async () => {
      steps.push('add');
      return 'added' as const;
    },
    findAccount: async () => null,
    replacePasswordHash: async () => undefined,
  };
  const hasher = {
    hash: async () => {
      steps.push('hash');
      return 'hash';
    },
    verify: async () => ({ matches: false, outdated: false }),
  };
  const has = vi.fn(async (password: Password) => {
    steps.push('breached');
    return known.includes(password);
  });
  const clock = new ManualClock();
  const attempts = new AttemptGuard(new MemoryAttemptLimiter(), clock, null);
  const useCase = new RegisterUser(users, hasher, new UuidGenerator(), clock, { minLength: 8 }, attempts, { has });
  return { steps, has, execute: (password: string) => useCase.execute(input(password)) };
}

describe('registering with a check for breaches', () => {
  it('checks the password before it is hashed', async () => {
    const { steps, has, execute } = register([]);
    await execute('a phrase nobody knows');
    expect(steps).toEqual(['breached', 'hash', 'add']);
    expect(has).toHaveBeenCalledExactlyOnceWith('a phrase nobody knows');
  });

  it('refuses a breached password without hashing it or adding the account', async () => {
    const { steps, execute } = register(['a phrase everybody knows']);
    await expect(execute('a phrase everybody knows')).rejects.toMatchObject({
      code: 'weak_password',
      message:
        'The password is known from a data breach, so attackers try it. ' +
        'Use a phrase of several words that do not belong together.',
    });
    expect(steps).toEqual(['breached']);
  });

  it.each(['short', 'Password1!', 'ann-2024-ann'])('does not look up %j, which is refused anyway', async password => {
    const { steps, execute } = register([password]);
    await expect(execute(password)).rejects.toThrow();
    expect(steps).toEqual([]);
  });
});
