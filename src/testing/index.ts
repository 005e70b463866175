export { ManualClock } from './manual-clock.js';
export type { ConformanceCase } from './storage-conformance/index.js';
export { storageConformance } from './storage-conformance/index.js';
