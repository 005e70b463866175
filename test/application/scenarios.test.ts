import { afterAll, beforeAll, describe, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import type { Driver } from '../acceptance/driver.js';
import { libraryDriver } from '../acceptance/drivers/library.js';
import { scenarios } from '../acceptance/scenarios/index.js';
import { World } from '../acceptance/world.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { AdvancingClock } from '../support/clock.js';

const clock = new AdvancingClock();
const world = new World(clock);
let tradepost: Tradepost;
let driver: Driver;

beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), clock, hashing: cheapHashing });
  driver = await libraryDriver(tradepost);
});
afterAll(() => tradepost.close());

/** The acceptance scenarios in their fastest form, for `npm run test:unit` and `npm run mutation`. */
describe.each(Object.entries(scenarios))('%s', (_topic, list) => {
  test.each(list.map(scenario => [scenario.name, scenario] as const))('%s', (_name, { run }) => run(driver, world));
});
