export type { Card } from '../../domain/card.js';
export type { Trade } from '../../domain/trade.js';
export type { PublicUser, User } from '../../domain/user.js';
export type {
  CallOptions,
  Client,
  SessionChange,
  SessionListener,
  TradesOptions,
  Watch,
  WatchedTrade,
  WatchListener,
  WatchOptions,
  WatchState,
} from './client.js';
export type { TokenStore } from './client-session.js';
export type { ClientOptions } from './create-client.js';
export { createClient } from './create-client.js';
export { ClientError } from './errors.js';
export type { Fetch, HeaderRecord } from './http.js';
export type { WebSocketConstructor, WebSocketLike } from './rpc-socket.js';
export type { DebugLog } from './watcher.js';
