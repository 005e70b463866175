export type { MongoOptions } from './mongo-storage.js';
export { mongo } from './mongo-storage.js';
