import { loadConsole } from '../adapters/driving/console/index.js';
import type { MigrationReport, Storage, StorageConnector, StorageHealth } from '../application/ports/driven/storage.js';
import { explainFailure } from '../application/storage-kit/index.js';
import { PlainError } from '../domain/redaction.js';
import type { Config } from './config.js';
import { tryListening } from './listening.js';
import { checkMetrics } from './metrics.js';
import { checkSecretFile } from './session-secrets.js';
import { loadConnector } from './stores.js';

/** One thing that can keep a server from starting. `run` changes nothing and throws where it does. */
interface Check {
  /** What is checked, as the begin of a line for people. */
  readonly subject: string;
  run(config: Config): Promise<unknown>;
}

/**
 * What `tradepost serve` checks before it opens anything, in this order, and `tradepost doctor` reports. Both check the
 * store last: `serve` by opening it, `doctor` by `StorageConnector.inspect`, which fails for the same reasons.
 */
export const CHECKS: readonly Check[] = [
  { subject: 'session secret', run: checkSecretFile },
  { subject: 'console', run: async ({ console }) => console && loadConsole() },
  { subject: 'metrics', run: checkMetrics },
  { subject: 'port', run: ({ host, port }) => tryListening({ variable: 'PORT', host, port }) },
];

/** A server cannot start. The message has subject, cause and remedy. */
class StartError extends PlainError {
  constructor(subject: string, cause: unknown) {
    super(`${subject}: ${explainFailure(cause)}`, { cause });
    this.name = 'StartError';
  }
}

/** Returns what keeps the server from starting, as a line for people, or null. */
export async function findProblem({ subject, run }: Check, config: Config): Promise<StartError | null> {
  try {
    await run(config);
    return null;
  } catch (error) {
    return new StartError(subject, error);
  }
}

/** Runs all checks but the one of the store. @throws an error with subject, cause and remedy for the first that fails */
export async function refuseToStart(config: Config): Promise<void> {
  for (const check of CHECKS) {
    const problem = await findProblem(check, config);
    if (problem) throw problem;
  }
}

/** The store of the configuration. What its methods throw begins with its description. */
export async function connectorOf(
  { store, poolSize, prepare, signalsUrl, signals }: Config,
  onWarning?: (message: string) => void,
): Promise<StorageConnector> {
  const options = { poolSize, prepare, signalsUrl, signals, ...(onWarning && { onWarning }) };
  const connector = await loadConnector(store, options).catch((error: unknown) => {
    throw new StartError('storage', error);
  });
  const { description } = connector;
  const inspectSignals = connector.inspectSignals?.bind(connector);
  const named = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw new StartError(`storage: ${description}`, error);
    }
  };
  return {
    description,
    open: (): Promise<Storage> => named(() => connector.open()),
    migrate: (): Promise<MigrationReport> => named(() => connector.migrate()),
    inspect: (): Promise<StorageHealth> => connector.inspect(),
    ...(inspectSignals && { inspectSignals: () => inspectSignals() }),
  };
}
