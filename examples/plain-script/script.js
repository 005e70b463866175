import { EventEmitter, once } from 'node:events';
import { createTradepost, TradepostError } from 'tradepost';
import { memory } from 'tradepost/memory';

const tradepost = await createTradepost({ storage: memory() });

/** @param {string} username */
async function enter(username) {
  const password = 'correct horse battery';
  await tradepost.registerUser({ email: `${username}@example.org`, username, name: username, password });
  return (await tradepost.login({ username, password })).token;
}

const ann = await enter('ann');
const bob = await enter('bob');

const trades = new EventEmitter();
const arrival = once(trades, 'recorded');
const stop = await tradepost.watchTrades({ token: bob }, trade => void trades.emit('recorded', trade));
const card = await tradepost.addCard({ token: ann, name: 'Dragon' });
const trade = { token: ann, cardId: card.id, recipient: { username: 'bob' } };
await tradepost.recordTrade(trade);

try {
  await tradepost.recordTrade(trade);
} catch (error) {
  if (!(error instanceof TradepostError)) throw error;
  console.log(`again: ${error.code}`);
}

const [seen] = await arrival;
console.log(`bob sees: ${seen.cardName}`);
const { items } = await tradepost.listCards({ token: bob });
console.log(`bob has: ${items.map(({ name }) => name).join(', ')}`);
stop();
await tradepost.close();
