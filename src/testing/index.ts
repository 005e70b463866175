export { ManualClock } from './manual-clock.js';
export type { ArchiveConformanceCase, ConformanceCase } from './storage-conformance/index.js';
export { archiveConformance, sharedArchiveConformance, storageConformance } from './storage-conformance/index.js';
