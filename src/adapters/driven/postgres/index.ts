// First, because modules are evaluated in this order.
import './needs.js';

export type { PostgresOptions, PostgresPool } from './postgres-storage.js';
export { postgres } from './postgres-storage.js';
