import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { readText, serve } from './support.mjs';

/**
 * socket.io over WebSocket alone: `POST /send` emits its body to every socket. Its pings are messages, which the bench
 * would count as events, so the interval is longer than a run.
 */
const server = createServer(async (request, response) => {
  io.emit('trade', JSON.parse(await readText(request)));
  response.end('{}');
});
const io = new Server(server, { transports: ['websocket'], path: '/ws', pingInterval: 3_600_000 });
serve(server);
