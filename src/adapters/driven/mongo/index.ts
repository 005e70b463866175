// First, because modules are evaluated in this order.
import './needs.js';

export type { MongoOptions } from './mongo-storage.js';
export { mongo } from './mongo-storage.js';
