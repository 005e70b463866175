import { expect } from 'vitest';
import type { OperationName } from '../../src/adapters/driving/operations/index.js';
import { operations } from '../../src/adapters/driving/operations/index.js';
import type { Driver, Refusal } from './driver.js';

/** The parts of the operations table that scenarios have reached. */
export interface Coverage {
  readonly succeeded: Set<OperationName>;
  /** `operation: code`. */
  readonly refused: Set<string>;
}

const namesOf = (): OperationName[] => Object.keys(operations) as OperationName[];

/** Errors that only load causes; they have their own tests. */
const OF_LOAD = new Set(['overloaded', 'rate_limited']);

/** Everything that can happen according to the table. */
export const everything = (): Coverage => ({
  succeeded: new Set(namesOf()),
  refused: new Set(namesOf().flatMap(name => [...expectedOf(name)].map(code => `${name}: ${code}`))),
});

function expectedOf(name: OperationName): Set<string> {
  const { access, errors } = operations[name];
  const own = (errors as readonly string[]).filter(code => !OF_LOAD.has(code));
  return new Set([...own, 'validation_failed', ...(access === 'session' ? ['unauthenticated'] : [])]);
}

/**
 * Wraps the driver: checks every result against the table's schema, whose objects are strict (so a leaked hash fails any
 * scenario), and every refusal against the errors of the table.
 */
export function checked(driver: Driver, seen: Coverage): Driver {
  const check = async <Value>(name: OperationName, call: Promise<Value>, resultOf: (value: Value) => unknown) => {
    const value = await call.catch((error: Refusal) => {
      if (error.code === undefined) throw error;
      expect([...expectedOf(name)], `${name} answered ${error.code}: ${error.message}`).toContain(error.code);
      seen.refused.add(`${name}: ${error.code}`);
      throw error;
    });
    operations[name].output.parse(resultOf(value));
    seen.succeeded.add(name);
    return value;
  };
  return {
    ...driver,
    call: (name, ...rest) => check(name, driver.call(name, ...rest), result => result),
    login: input => check('sessions.login', driver.login(input), ({ result }) => result),
  };
}
