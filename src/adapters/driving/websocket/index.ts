export type { AttachedWebSocket, WebSocketOptions, WebSocketTarget } from './attach-websocket.js';
export { attachWebSocket } from './attach-websocket.js';
export { CloseCode } from './close-code.js';
export { SUBPROTOCOL } from './handshake.js';
export type { Limits } from './limits.js';
export { openRpcDocument } from './openrpc.js';
