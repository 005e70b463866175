import { z } from 'zod';
import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import { operations } from '../../../src/adapters/driving/operations/index.js';
import type { World } from '../world.js';

const SOME_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** A value for each key that an operation's input can have. */
function samples(world: World): Record<string, unknown> {
  const { email, username, name, password } = world.stranger();
  return { email, username, name, password, id: SOME_ID, cardId: SOME_ID, recipient: { username } };
}

/**
 * Returns an input that is valid in form: the required keys, and one more if those are not enough.
 */
export function validInput(name: OperationName, world: World): Record<string, unknown> {
  const { input } = operations[name];
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  const values = samples(world);
  const of = (keys: readonly string[]) => Object.fromEntries(keys.map(key => [key, values[key]]));
  const candidates = [of(required), ...Object.keys(properties).map(key => of([...required, key]))];
  const valid = candidates.find(candidate => input.safeParse(candidate).success);
  if (!valid) throw new Error(`${name}: add what its input needs to \`samples\``);
  return valid;
}
