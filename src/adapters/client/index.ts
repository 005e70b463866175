export type { Card } from '../../domain/card.js';
export type { Trade } from '../../domain/trade.js';
export type { PublicUser, User } from '../../domain/user.js';
export type { Client, Watch, WatchListener, WatchOptions, WatchState } from './client.js';
export type { ClientOptions } from './create-client.js';
export { createClient } from './create-client.js';
export { ClientError } from './errors.js';
export type { WebSocketConstructor, WebSocketLike } from './rpc-socket.js';
export type { DebugLog } from './watcher.js';
