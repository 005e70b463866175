import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { AdvancingClock } from '../support/clock.js';
import type { Caller, Driver, Refusal, Result } from './driver.js';

export interface Registration {
  readonly email: string;
  readonly username: string;
  readonly name: string;
  readonly password: string;
}

/** A user with an account and one session. */
export interface Member extends Registration {
  readonly user: Result<'users.register'>;
  readonly caller: Caller;
}

/** Users and time for scenarios. Every user is new, so that scenarios can share one store. */
export class World {
  constructor(private readonly clock: AdvancingClock) {}

  stranger(given: Partial<Registration> = {}): Registration {
    const unique = randomBytes(6).toString('hex');
    return {
      email: `${unique}@example.org`,
      username: `U${unique}`,
      name: `Person ${unique}`,
      password: `pass phrase of ${unique.split('').reverse().join('')}`,
      ...given,
    };
  }

  async member(driver: Driver, given: Partial<Registration> = {}): Promise<Member> {
    const registration = this.stranger(given);
    const user = await driver.call('users.register', registration);
    const { email, password } = registration;
    const { caller } = await driver.login({ email, password });
    return { ...registration, user, caller };
  }

  pass(seconds: number): void {
    this.clock.advance(seconds);
  }
}

/** Expects the call to be refused with this code and, for `validation_failed`, with exactly these pointers. */
export async function refused(call: Promise<unknown>, code: string, ...pointers: string[]): Promise<Refusal> {
  const refusal = (await call.then(
    result => {
      throw new Error(`expected ${code}, got the result ${JSON.stringify(result)}`);
    },
    (error: unknown) => error,
  )) as Refusal;
  // An error that is not a refusal is thrown as it is, because it says more than a missing code.
  if (refusal.code === undefined) throw refusal;
  const found = { code: refusal.code, pointers: [...new Set(refusal.errors?.map(({ pointer }) => pointer))].sort() };
  expect(found, refusal.message).toEqual({ code, pointers: pointers.sort() });
  return refusal;
}

export const names = (items: readonly { readonly name: string }[]): string[] => items.map(({ name }) => name);
export const cardNames = (items: readonly { readonly cardName: string }[]): string[] =>
  items.map(({ cardName }) => cardName);
