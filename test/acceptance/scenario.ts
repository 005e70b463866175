import type { Driver } from './driver.js';
import type { World } from './world.js';

/** What Tradepost promises, told without a transport and without a store. */
export interface Scenario {
  readonly name: string;
  run(driver: Driver, world: World): Promise<void>;
}
