import type { Contestant } from '../contestants/contestant.js';
import { type CpuClock, processCpu } from '../cpu.js';
import type { HttpLoad, HttpRequest, LoadGenerator } from '../load/generator.js';
import type { Measured } from '../rounds.js';

interface HttpSubject {
  readonly contestant: Contestant;
  readonly databaseCpu: CpuClock;
  /** The requests of each connection. */
  readonly connections: readonly (readonly HttpRequest[])[];
  readonly allowed?: readonly number[];
  /** Runs before each load. */
  prepare?(): Promise<void>;
}

/** A server with the requests it is sent. */
export const httpMeasured = (
  generator: LoadGenerator<HttpLoad>,
  { contestant, databaseCpu, connections, allowed = [], prepare }: HttpSubject,
): Measured => ({
  name: contestant.name,
  cpu: processCpu(contestant.pid),
  databaseCpu,
  load: async seconds => {
    await prepare?.();
    return generator.run({ origin: contestant.origin, connections, seconds, allowed });
  },
});
