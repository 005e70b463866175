export type { EmbeddedOptions } from './embedded-storage.js';
export { embedded } from './embedded-storage.js';
