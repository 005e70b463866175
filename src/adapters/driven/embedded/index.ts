// First, because modules are evaluated in this order.
import './needs.js';

export type { EmbeddedOptions } from './embedded-storage.js';
export { embedded } from './embedded-storage.js';
