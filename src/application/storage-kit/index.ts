export { Broadcast } from './broadcast.js';
export type { Closable } from './connections.js';
export { DEFAULT_POOL_SIZE, openConnection, withConnection } from './connections.js';
export { inBatches, removeInBatches } from './in-batches.js';
export { pollingSignals } from './polling-signals.js';
export { reasonOf } from './reason-of.js';
export type { SchemaState, VersionedSchema } from './schema-policy.js';
export { SchemaPolicy, schemaStateOf, unhealthy } from './schema-policy.js';
export { readSessionThenTrades } from './session-trades.js';
