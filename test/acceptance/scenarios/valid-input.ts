import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import type { World } from '../world.js';

const SOME_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** An input that has the right form, whatever it would do. */
export function validInput(name: OperationName, world: World): Record<string, unknown> {
  const { email, username, name: personName, password } = world.stranger();
  const inputs: Record<OperationName, Record<string, unknown>> = {
    'users.register': { email, username, name: personName, password },
    'sessions.login': { email, password },
    'sessions.logout': {},
    'sessions.list': {},
    'sessions.revoke': { id: SOME_ID },
    'sessions.revokeAll': {},
    'users.me': {},
    'cards.add': { name: 'Black Lotus' },
    'cards.list': { limit: 10 },
    'trades.record': { cardId: SOME_ID, recipient: { username } },
    'trades.list': { direction: 'all' },
  };
  return inputs[name];
}
