import { Container } from 'inversify';
import { parseEmailAddress, parsePassword, parsePersonName, parseUsername, timestamp } from 'tradepost';
import { applicationModule, SERVICES, storageModule, systemModule } from 'tradepost/inversify';
import { memory } from 'tradepost/memory';
import { Shop } from './shop.js';

const storage = await memory().open();
const container = new Container();
container.load(storageModule(storage), systemModule(), applicationModule);

// The application's own services, and one of Tradepost's replaced: a clock that stands still.
/** @type {import('inversify').ServiceIdentifier<string>} */
const CURRENCY = Symbol('currency');
const SHOP = Symbol('shop');
container.bind(CURRENCY).toConstantValue('EUR');
container.bind(SHOP).toResolvedValue(
  /** @type {(useCases: import('tradepost').UseCases, currency: string) => Shop} */
  (useCases, currency) => new Shop(useCases, currency),
  [SERVICES.useCases, CURRENCY],
);
container.rebind(SERVICES.clock).toConstantValue({ now: () => timestamp(Date.UTC(2030, 0, 1, 12)) });

const { live, useCases } = container.get(SERVICES.application);

/** @param {string} name */
async function enter(name) {
  const [email, username] = [parseEmailAddress(`${name}@example.org`), parseUsername(name)];
  const password = parsePassword('correct horse battery');
  await useCases.registerUser.execute({ email, username, name: parsePersonName(name), password });
  const login = { account: { username }, password, userAgent: null, replaces: null };
  const { token } = await useCases.login.execute(login);
  return useCases.authenticate.execute({ token });
}

/** @type {Shop} */
const shop = container.get(SHOP);
console.log(await shop.sell(await enter('ann'), await enter('bob'), { card: 'Dragon', price: 5 }));
live.close();
await storage.close();
