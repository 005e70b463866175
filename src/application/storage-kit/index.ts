export type { Closable } from './connections.js';
export { DEFAULT_POOL_SIZE, openConnection, withConnection } from './connections.js';
export { inBatches, removeInBatches } from './in-batches.js';
export type { JointQueryLimits } from './joint-query.js';
export { JointQuery } from './joint-query.js';
export type { SchemaState, VersionedSchema } from './schema-policy.js';
export { reasonOf, SchemaPolicy, schemaStateOf, unhealthy } from './schema-policy.js';
export { readSessionThenTrades } from './session-trades.js';
export { Broadcast, pollingSignals } from './signals.js';
