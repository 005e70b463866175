export type { Client } from './client.js';
export type { ClientOptions } from './create-client.js';
export { createClient } from './create-client.js';
export { ClientError } from './errors.js';
export type { TradeListener, TradeWatch, WatchOptions, WatchState } from './trade-watch.js';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js';
