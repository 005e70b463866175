/**
 * `tradepost/testing`: the suites that every storage adapter of Tradepost passes, for adapters of others. They depend on no
 * test runner: a case has a `name` and a function `run`, which rejects with an `AssertionError` of `node:assert` where the
 * adapter does not meet the requirement.
 *
 * ```ts
 * import { archiveConformance, sharedArchiveConformance, storageConformance } from 'tradepost/testing';
 * import { afterAll, beforeAll, it } from 'vitest';
 *
 * let storage;
 * beforeAll(async () => { storage = await myStore(emptyDatabase()).open(); });
 * afterAll(() => storage.close());
 *
 * for (const { name, run } of storageConformance) it(name, () => run(storage));
 * // Only where the connector has `copying`; each case needs a new, empty store:
 * for (const { name, run } of archiveConformance) it(name, () => run(myStore(emptyDatabase())));
 * // Only where several connectors can open one store at once:
 * for (const { name, run } of sharedArchiveConformance) it(name, () => run(myStore(emptyDatabase())));
 * ```
 *
 * With `node --test` use `test` of `node:test` in place of `it`. The cases of signals need `storage.signals`: `Broadcast` and
 * `pollingSignals` of `tradepost/storage-kit`, after each commit, within a second. docs/storage-adapters.md goes through
 * writing an adapter, and examples/sqlite-store is a whole one.
 *
 * @module
 */
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

/**
 * The requirements for every store, races included: users, sessions, cards, trades, idempotency, attempts, signals. All cases
 * can run against one open store, in any order and beside other data, because each makes users of its own.
 */
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
