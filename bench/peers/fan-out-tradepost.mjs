import { createServer } from 'node:http';
import express from 'express';
import { memory } from '../../dist/adapters/driven/memory/index.js';
import { httpHandler } from '../../dist/adapters/driving/http/index.js';
import { attachWebSocket } from '../../dist/adapters/driving/websocket/index.js';
import { createTradepost } from '../../dist/index.js';
import { serve, settings } from './support.mjs';

/** Tradepost on a memory store, with more sockets of one user than `tradepost serve` allows. */
const secrets = [settings.secret];
const tradepost = await createTradepost({ storage: memory(), rateLimits: 'off' });
const server = createServer(express().use(httpHandler(tradepost, { secrets })));
attachWebSocket(server, tradepost, { secrets, limits: { socketsPerUser: 5000, messagesPerMinute: null } });
serve(server);
