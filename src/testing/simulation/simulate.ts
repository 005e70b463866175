import { memory } from '../../adapters/driven/memory/index.js';
import type { Application, Ports } from '../../application/create-use-cases.js';
import { createUseCases } from '../../application/create-use-cases.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import { DEFAULT_PASSWORD_POLICY } from '../../domain/password-policy.js';
import type { SessionPolicy } from '../../domain/session.js';
import { DEFAULT_SESSION_POLICY } from '../../domain/session.js';
import { Faults } from './faults.js';
import { faultyStorage } from './faulty-storage.js';
import { plainPasswords, SeededIds, SeededTokens } from './identities.js';
import { play } from './plot.js';
import { SimulatedProcess } from './process.js';
import { SeededRandom } from './random.js';
import { VirtualTime } from './virtual-time.js';
import type { World } from './world.js';

/** What a store can use to take part in a run. */
export interface SimulatedNetwork {
  /**
   * A moment between two statements of a store, as long as the seed decides, in which other calls take effect. Call it
   * only within a method of the store.
   *
   * @throws StorageUnavailable where the seed cuts the connection at that moment
   */
  pause(): Promise<void>;
}

export interface SimulationOptions {
  /** A whole number from 0 to 4,294,967,295. It decides everything that happens in the run. */
  readonly seed: number;
  /** Opens the store that all processes use. Called once. Default: a new `memory()`. */
  readonly openStorage?: (network: SimulatedNetwork) => Storage | Promise<Storage>;
  /** Builds the application of each process. Default: `createUseCases`. */
  readonly createApplication?: (ports: Ports) => Application;
}

export interface SimulationResult {
  readonly seed: number;
  /** What was wrong, one sentence each; empty if everything was right. */
  readonly violations: readonly string[];
  /** What happened, in order, one line each. The same seed gives the same lines. */
  readonly trace: readonly string[];
  /** How many trades were acknowledged, entries delivered to watchers, and calls disturbed by a fault. */
  readonly acknowledged: number;
  readonly delivered: number;
  readonly faults: number;
}

const MAX_SEED = 0xffff_ffff;

/**
 * Runs several processes and users on one store, with faults, in virtual time, and checks what users rely on
 * (docs/simulation.md has the list). One seed always gives the same run: no real timer, clock or random number is used.
 * The store must not use any either, so it works on data in memory.
 *
 * @throws RangeError for an impossible seed
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, openStorage = () => memory().open(), createApplication = createUseCases } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw new RangeError(`The seed must be a whole number from 0 to ${MAX_SEED}, not ${seed}.`);
  }
  const trace: string[] = [];
  const violations: string[] = [];
  const random = new SeededRandom(seed);
  const time = new VirtualTime(random);
  const write = (line: string): void => void trace.push(`${time.now()} ${line}`);
  const faults = new Faults(time, random, write);
  const store = await openStorage({ pause: () => faults.pause() });
  const world: World = {
    random,
    time,
    faults,
    processes: [],
    sessionPolicy: drawPolicy(random),
    people: [],
    creators: new Map(),
    owners: new Map(),
    intents: [],
    proposals: new Map(),
    watchers: [],
    pages: [],
    trace: write,
    violation: text => {
      write(`VIOLATION: ${text}`);
      violations.push(text);
    },
  };
  const processes = Array.from({ length: random.between(1, 3) }, (_, index) =>
    createProcess(`process ${index + 1}`, world, store, createApplication),
  );
  try {
    await time.run(play({ ...world, processes }, store));
  } catch (error) {
    world.violation(`the run broke off: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    for (const process of processes) process.crash();
  }
  return {
    seed,
    violations,
    trace,
    acknowledged: world.intents.reduce((count, { acknowledged }) => count + acknowledged.size, 0),
    delivered: world.watchers.reduce((count, { delivered }) => count + delivered.length, 0),
    faults: faults.count,
  };
}

function createProcess(
  name: string,
  world: World,
  store: Storage,
  createApplication: (ports: Ports) => Application,
): SimulatedProcess {
  const { time, random, faults, sessionPolicy, proposals } = world;
  const ids = new SeededIds(time.clock, random);
  const build = (isRunning: () => boolean): Ports => {
    const { users, sessions, cards, trades, sessionTrades, idempotency, attempts, signals } = faultyStorage(
      store,
      { isRunning, onTradeAttempt: ({ id }, claim) => void proposals.set(id, claim?.key ?? null) },
      faults,
      time,
    );
    return {
      users,
      sessions,
      cards,
      trades,
      sessionTrades,
      idempotency,
      attempts,
      signals,
      hasher: plainPasswords,
      tokens: new SeededTokens(random),
      ids,
      clock: time.clock,
      timers: time,
      passwordPolicy: DEFAULT_PASSWORD_POLICY,
      sessionPolicy,
      // Limits on logins would only make the steps of a run wait.
      attemptPolicy: null,
    };
  };
  return new SimulatedProcess(name, build, createApplication);
}

function drawPolicy(random: SeededRandom): SessionPolicy {
  return {
    ...DEFAULT_SESSION_POLICY,
    idleTimeout: random.chance(0.4) ? random.pick([30, 600]) : null,
    maxPerUser: random.chance(0.2) ? 2 : DEFAULT_SESSION_POLICY.maxPerUser,
  };
}
