import { attemptCases } from './storage-conformance/attempts.js';
import { cardCases } from './storage-conformance/cards.js';
import type { ConformanceCase } from './storage-conformance/fixtures.js';
import { idempotencyCases, idempotencySweepCases } from './storage-conformance/idempotency.js';
import { liveCases } from './storage-conformance/live.js';
import { loginRaceCases, raceCases } from './storage-conformance/races.js';
import { recordedBySessions, sessionTradeCases } from './storage-conformance/session-trades.js';
import { sessionCases } from './storage-conformance/sessions.js';
import { tradeCases } from './storage-conformance/trades.js';
import { userCases } from './storage-conformance/users.js';

export { ManualClock } from './manual-clock.js';
export type { SimulatedNetwork, SimulationOptions, SimulationResult } from './simulation/simulate.js';
export { simulate } from './simulation/simulate.js';
export { archiveConformance, sharedArchiveConformance } from './storage-conformance/archive.js';
export type { ArchiveConformanceCase, ConformanceCase } from './storage-conformance/fixtures.js';

/** The requirements for every store, races included. All cases can run against one store, in any order. */
export const storageConformance: readonly ConformanceCase[] = [
  ...userCases,
  ...sessionCases,
  ...cardCases,
  ...tradeCases,
  ...sessionTradeCases,
  ...idempotencyCases,
  ...idempotencySweepCases,
  ...attemptCases,
  ...liveCases,
  ...raceCases,
  ...loginRaceCases,
  ...[...tradeCases, ...idempotencyCases, ...raceCases].map(recordedBySessions),
];
