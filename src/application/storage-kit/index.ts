export type { Closable } from './connections.js';
export { DEFAULT_POOL_SIZE, openConnection, withConnection } from './connections.js';
export { inBatches, removeInBatches } from './in-batches.js';
export { explainFailure, reasonOf, unhealthy, unusable } from './reasons.js';
export type { SchemaState, VersionedSchema } from './schema-policy.js';
export { SchemaPolicy, schemaStateOf } from './schema-policy.js';
export { readSessionThenTrades } from './session-trades.js';
export { Broadcast, pollingSignals } from './signals.js';
