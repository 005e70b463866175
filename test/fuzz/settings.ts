/** The seed of the short run in `npm test`, so that it is the same every time. */
const SEED = 20_260_131;

/**
 * How fast-check runs: `cases` if the environment variable is not set. The long form has a new seed each time. A failure
 * prints seed and path; FUZZ_SEED and FUZZ_PATH repeat that case.
 */
export function settingsOf(variable: 'FUZZ_REQUESTS' | 'FUZZ_SEQUENCES', cases: number): Settings {
  const { [variable]: given, FUZZ_SEED: seed, FUZZ_PATH: path } = process.env;
  return {
    numRuns: given === undefined ? cases : Number(given),
    seed: seed === undefined ? (given === undefined ? SEED : Date.now() | 0) : Number(seed),
    ...(path === undefined ? {} : { path }),
  };
}

/** Parts for one run each. */
const PARTS = 4;

/** Divides a long run into parts that have different cases. A short run, and a case that is repeated, stay one. */
export function shareOut(settings: Settings): Settings[] {
  const { numRuns, seed, path } = settings;
  if (path !== undefined || numRuns < 10 * PARTS) return [settings];
  return Array.from({ length: PARTS }, (_, part) => ({
    numRuns: Math.floor((numRuns + part) / PARTS),
    seed: (seed + part) | 0,
  }));
}

export interface Settings {
  readonly numRuns: number;
  readonly seed: number;
  readonly path?: string;
}
