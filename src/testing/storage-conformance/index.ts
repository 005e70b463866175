import { cardCases } from './cards.js';
import type { ConformanceCase } from './conformance-case.js';
import { idempotencyCases } from './idempotency.js';
import { liveCases } from './live.js';
import { raceCases } from './races.js';
import { sessionCases } from './sessions.js';
import { tradeCases } from './trades.js';
import { userCases } from './users.js';

export type { ArchiveConformanceCase } from './archive.js';
export { archiveConformance, sharedArchiveConformance } from './archive.js';
export type { ConformanceCase } from './conformance-case.js';

/** What every store keeps to, races included; each case can run against a store that others used before. */
export const storageConformance: readonly ConformanceCase[] = [
  ...userCases,
  ...sessionCases,
  ...cardCases,
  ...tradeCases,
  ...idempotencyCases,
  ...liveCases,
  ...raceCases,
];
