import { randomBytes } from 'node:crypto';
import { operations } from '../../../src/adapters/driving/operations/index.js';
import type { Tradepost } from '../../../src/index.js';
import type { Driver } from '../driver.js';

type Method = (input: unknown) => Promise<never>;

/** Calls Tradepost like a program that embeds it. */
export function libraryDriver(tradepost: Tradepost): Driver {
  const call: Driver['call'] = (name, input, caller, idempotencyKey) => {
    const method = tradepost[operations[name].library] as Method;
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    if (!isObject) return method(input);
    const token = caller && operations[name].access === 'session' ? { token: caller.credential } : {};
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return method({ ...input, ...token, ...key });
  };
  return {
    call,
    login: async input => {
      const result = await call('sessions.login', input);
      return { caller: { credential: result.token ?? '' }, result };
    },
    impostor: () => ({ credential: randomBytes(32).toString('base64url') }),
    close: async () => undefined,
  };
}
