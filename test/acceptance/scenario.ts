import type { Driver } from './driver.js';
import type { World } from './world.js';

/** Behaviour of Tradepost that does not depend on transport or store. */
export interface Scenario {
  readonly name: string;
  run(driver: Driver, world: World): Promise<void>;
}
