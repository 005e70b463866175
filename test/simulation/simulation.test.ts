import { describe, expect, it } from 'vitest';
import { createUseCases } from '../../src/index.js';
import type { SimulationResult } from '../../src/testing/index.js';
import { simulate } from '../../src/testing/index.js';
import { plantedRaces } from './planted-races.js';

function readNumber(name: string): number | null {
  const text = process.env[name];
  if (text === undefined || text === '') return null;
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} must be a whole number, not ${text}`);
  return Number(text);
}

/** `npm run simulate` sets more. */
const SEEDS = readNumber('SIMULATION_SEEDS') ?? 100;

/** Replays one seed and prints its trace. */
const ONLY = readNumber('SIMULATION_SEED');

const describeFailure = ({ seed, violations }: SimulationResult): string =>
  [`seed ${seed}:`, ...violations.slice(0, 5), `Replay it: SIMULATION_SEED=${seed} npm run simulate`].join('\n  ');

const replay = (): void => {
  it(`${ONLY} keeps what users rely on`, async () => {
    const result = await simulate({ seed: ONLY ?? 0 });
    process.stdout.write(`${result.trace.join('\n')}\n`);
    expect(result.violations).toEqual([]);
  });
};

const explore = (): void => {
  it(`keeps what users rely on with each of ${SEEDS} seeds`, async () => {
    const failures: string[] = [];
    const [messages, totals] = [new Set<string>(), { acknowledged: 0, delivered: 0, faults: 0 }];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await simulate({ seed });
      if (result.violations.length > 0) failures.push(describeFailure(result));
      totals.acknowledged += result.acknowledged;
      totals.delivered += result.delivered;
      totals.faults += result.faults;
      for (const line of result.trace) for (const kind of KINDS) if (line.includes(kind)) messages.add(kind);
    }
    expect(failures).toEqual([]);
    // Runs in which nothing happens would keep everything.
    expect(totals.acknowledged).toBeGreaterThan(10 * SEEDS);
    expect(totals.delivered).toBeGreaterThan(20 * SEEDS);
    expect(totals.faults).toBeGreaterThan(5 * SEEDS);
    if (SEEDS >= 100) expect([...messages].sort()).toEqual([...KINDS].sort());
  }, 600_000);

  it('does the same with the same seed, byte for byte, also when runs overlap', async () => {
    const [first, ...others] = await Promise.all([7, 7, 8].map(seed => simulate({ seed })));
    await simulate({ seed: 9 });
    const again = await simulate({ seed: 7 });
    expect(first?.trace.length).toBeGreaterThan(50);
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
    expect(JSON.stringify(others[0])).toBe(JSON.stringify(first));
    expect(others[1]?.trace).not.toEqual(first?.trace);
  });

  it.each(['-1', '0.5', '4294967296'])('refuses the seed %s', async seed => {
    await expect(simulate({ seed: Number(seed) })).rejects.toThrow('The seed must be a whole number');
  });
};

/** What has to happen in some run. */
const KINDS = [
  'fault: trades.record is cut before its effect',
  'fault: trades.record took effect, its answer is cut',
  'fault: trades.record took effect, its answer is lost',
  'fault: trades.record takes effect after the process gave it up',
  'crashes',
  'the clock is set forward',
  'card_not_owned',
  'the watch ends with unauthenticated',
  'session_not_found',
  'email_taken',
  'receives',
  'logs out',
  'revokes all other sessions',
  'reads trades with the session',
] as const;

const findPlantedRaces = (): void => {
  it.each(plantedRaces)('$flaw', async ({ options, shownBy }) => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const result = await simulate({ ...options, seed });
      if (!result.violations.some(violation => shownBy.test(violation))) continue;
      expect(await simulate({ ...options, seed })).toEqual(result);
      return;
    }
    expect.unreachable('not found with 300 seeds');
  });

  it('ends a run in which an answer never comes', async () => {
    const { violations } = await simulate({
      seed: 1,
      createApplication: ports => {
        const hasher = { ...ports.hasher, verify: () => new Promise<never>(() => undefined) };
        return createUseCases({ ...ports, hasher });
      },
    });
    expect(violations).toEqual([expect.stringMatching(/^the run broke off: /)]);
  });
};

if (ONLY !== null) describe('one seed', replay);
else {
  describe('the simulation', explore);
  describe('the simulation finds that', findPlantedRaces);
}
