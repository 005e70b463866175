// First, because modules are evaluated in this order.
import './needs.js';

export type { AsyncApiOptions } from './asyncapi.js';
export { asyncApiDocument } from './asyncapi.js';
export type { AttachedWebSocket, WebSocketOptions, WebSocketTarget } from './attach-websocket.js';
export { attachWebSocket } from './attach-websocket.js';
export type { SocketLimits } from './limits.js';
export { openRpcDocument } from './openrpc.js';
export { CloseCode, SUBPROTOCOL } from './protocol.js';
