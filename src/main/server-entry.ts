/**
 * `tradepost/server`: the server of `tradepost serve` inside a process of your own, with a storage adapter or a container
 * of your own. docs/server.md shows it whole.
 */
// First, because modules are evaluated in this order.
import './needs.js';

export type { Config, Environment } from './config.js';
export { ConfigError, readConfig } from './config.js';
export { ListenError } from './listening.js';
export { createLogger } from './logging.js';
export type { ModuleStore, ModuleStoreOptions } from './module-store.js';
export { connectorOf as storageOf, refuseToStart } from './preflight.js';
export type { RunningServer, ServerConfig, ServerParts } from './server.js';
export { startServer } from './server.js';
export type { SessionSecrets } from './session-secrets.js';
export { sessionSecrets } from './session-secrets.js';
export { tradepostOptions } from './tradepost-options.js';
