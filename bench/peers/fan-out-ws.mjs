import { createServer } from 'node:http';
import { fromProduct, readText, serve } from './support.mjs';

/** `ws` alone: `POST /send` sends its body over every socket. */
const { WebSocketServer } = fromProduct('ws');

const server = createServer(async (request, response) => {
  const text = await readText(request);
  for (const socket of sockets.clients) socket.send(text, { binary: false });
  response.end('{}');
});
const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
serve(server);
