import { randomBytes } from 'node:crypto';
import express from 'express';
import { createTradepost } from 'tradepost';
import { httpHandler, requireSession } from 'tradepost/http';
import { memory } from 'tradepost/memory';
import { attachWebSocket } from 'tradepost/ws';

const { PORT = '8080', SESSION_SECRET = randomBytes(32).toString('base64url') } = process.env;

const tradepost = await createTradepost({ storage: memory() });
const options = { secrets: [SESSION_SECRET] };

const app = express();
app.use('/api', httpHandler(tradepost, options));
app.get('/hello', requireSession(tradepost, options), (request, response) => {
  response.json({ hello: request.tradepost?.user.name });
});

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}`);
});
const sockets = attachWebSocket(server, tradepost, { ...options, path: '/api/ws' });

process.once('SIGTERM', async () => {
  await sockets.close();
  server.closeAllConnections();
  server.close();
  await tradepost.close();
});
