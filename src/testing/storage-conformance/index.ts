import { cardCases } from './cards.js';
import type { ConformanceCase } from './fixtures.js';
import { idempotencyCases } from './idempotency.js';
import { liveCases } from './live.js';
import { raceCases } from './races.js';
import { sessionCases } from './sessions.js';
import { tradeCases } from './trades.js';
import { userCases } from './users.js';

export { archiveConformance, sharedArchiveConformance } from './archive.js';
export type { ArchiveConformanceCase, ConformanceCase } from './fixtures.js';

/** The requirements for every store, races included. All cases can run against one store, in any order. */
export const storageConformance: readonly ConformanceCase[] = [
  ...userCases,
  ...sessionCases,
  ...cardCases,
  ...tradeCases,
  ...idempotencyCases,
  ...liveCases,
  ...raceCases,
];
