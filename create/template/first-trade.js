// The first trade: Ann gives Bob a card, and Bob sees it live. Needs the server: run `npm start` in another terminal.
import { ClientError, createClient } from 'tradepost/client';
import { WebSocket } from 'ws'; // Node 20 has no global WebSocket

const url = process.env.TRADEPOST_URL ?? 'http://127.0.0.1:3000';

/** Logs a user in, after registering where there is no such user yet. */
async function enter(username, password) {
  const client = createClient({ url, WebSocket });
  try {
    await client.registerUser({ email: `${username}@example.org`, username, name: username, password });
  } catch (error) {
    if (!(error instanceof ClientError) || !error.code.endsWith('_taken')) throw error;
  }
  await client.login({ username, password });
  return client;
}

const ann = await enter('ann', 'correct horse battery');
const bob = await enter('bob', 'staple horse battery');

// Bob watches from the newest trade he knows, so that he misses none.
const { latest } = await bob.listTrades();
const received = new Promise((resolve, reject) => {
  const watch = bob.watchTrades(
    trade => {
      watch.stop();
      resolve(trade);
    },
    { after: latest, onEnd: reject },
  );
});

const card = await ann.addCard({ name: 'Dragon', description: 'Breathes fire' });
await ann.recordTrade({ cardId: card.id, recipient: { username: 'bob' } });

const { cardName, sender } = await received;
console.log(`Bob received ${cardName} from ${sender.username}.`);
