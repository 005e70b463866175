import type * as Ws from 'ws';
import { loadPeer } from './peers.js';

export const { WebSocket, WebSocketServer } = loadPeer<typeof Ws>('ws');
export type WebSocket = Ws.WebSocket;
