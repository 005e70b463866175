export type { PostgresOptions } from './postgres-storage.js';
export { postgres } from './postgres-storage.js';
