import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { WebSocketServer } from 'ws';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../../test/support/cheap-hashing.js';

/**
 * A process of its own for `fan-out.ts`, with one of two servers: Tradepost on a memory store, with more sockets of one
 * user than `tradepost serve` allows, or `ws` with nothing around it. Its port is the first line it prints.
 */
const secrets = ['a secret of the benches, at least 32 bytes long'];

async function tradepostServer() {
  const tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing });
  const server = createServer(express().use(httpHandler(tradepost, { secrets })));
  attachWebSocket(server, tradepost, { secrets, limits: { socketsPerUser: 5000, messagesPerMinute: null } });
  return server;
}

/** `POST /send` sends its body, as it is, over every socket. */
function bareServer() {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks);
      for (const socket of sockets.clients) socket.send(text, { binary: false });
      response.end('{}');
    });
  });
  const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
  return server;
}

const server = process.argv[2] === 'bare' ? bareServer() : await tradepostServer();
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
