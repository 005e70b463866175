import { createServer } from 'node:http';
import { digestOf } from './session-cookie.mjs';
import { findPage, findSession } from './statements.mjs';
import { createPool, fromProduct, serve } from './support.mjs';
import { page } from './trades.mjs';

/**
 * The reference for calls over WebSocket: `ws`, and for each message the two named statements of the reference over
 * HTTP. It returns the same text as Tradepost. It does NOT count or check messages, watch sessions, send pings, or limit
 * what a slow reader leaves unread.
 */
const { WebSocketServer } = fromProduct('ws');
const pool = createPool();

const findUser = async digest => (await pool.query(findSession(digest))).rows[0];

async function answer(digest, data) {
  const { id, method } = JSON.parse(data);
  if (method !== 'trades.list') throw new Error(`no method ${method}`);
  const user = await findUser(digest);
  if (!user) throw new Error('the session ended');
  const { rows } = await pool.query(findPage(user.user_id));
  return JSON.stringify({ jsonrpc: '2.0', id, result: page(user, rows) });
}

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 16 * 1024 });
sockets.on('connection', (socket, digest) => {
  socket.on('message', data => {
    answer(digest, data).then(
      text => socket.send(text),
      error => {
        console.error(error);
        socket.close(1011);
      },
    );
  });
});

const server = createServer((_request, response) => response.writeHead(404).end());
server.on('upgrade', async (request, socket, head) => {
  const digest = digestOf((request.headers.authorization ?? '').replace(/^Bearer /, ''));
  if (!(await findUser(digest))) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
  sockets.handleUpgrade(request, socket, head, opened => sockets.emit('connection', opened, digest));
});
serve(server);
