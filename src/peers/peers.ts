import { createRequire } from 'node:module';

/**
 * Peers: the packages that Tradepost uses and does not install. `package.json` lists them as optional peer dependencies;
 * `NEEDS` says what needs which. CONTRIBUTING.md: "To add a peer".
 */

const CORE = ['argon2', 'inversify', 'reflect-metadata', 'zod'] as const;
const SERVER = ['express', 'pino', 'pino-pretty', 'ws'] as const;
const WEB = ['cookie-signature', 'helmet', 'proxy-addr', 'zod'] as const;

/** What needs peers, and the names of the peers. A subpath without a row needs none. */
export const NEEDS = {
  createTradepost: CORE,
  'tradepost/postgres': ['pg'],
  'tradepost/mongo': ['mongodb', 'mongodb-connection-string-url'],
  'tradepost/embedded': ['@electric-sql/pglite', 'pg'],
  'tradepost/http': WEB,
  'tradepost/fetch': WEB,
  'tradepost/ws': [...WEB, 'ws'],
  'tradepost/operations': ['zod'],
  'tradepost/inversify': ['argon2', 'inversify', 'reflect-metadata'],
  'tradepost/server': [...CORE, ...WEB, ...SERVER],
  'the command': [...CORE, ...WEB, ...SERVER],
  metrics: ['prom-client'],
  traces: ['@opentelemetry/api'],
  'signals over Redis': ['ioredis'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Need = keyof typeof NEEDS;

/** Peers are not installed. The message is one line that names them, what needs them and the command that installs them. */
export class MissingPeers extends Error {
  /** @param installed packages that the command names as well */
  constructor(neededBy: string, missing: readonly string[], installed: readonly string[] = []) {
    const names = new Intl.ListFormat('en-GB').format(missing);
    super(`${neededBy} needs ${names}: npm install ${[...installed, ...missing].join(' ')}`);
    this.name = 'MissingPeers';
  }
}

// Not `import`: an import of a package that is not there cannot be caught in the module that has it, and a top-level await
// would keep the package from being required. Packages of ES modules only must be linked before (see `inversify.ts`).
const require = createRequire(import.meta.url);

/** Loads a peer. Only the modules of this folder call it, and `requirePeers` comes before. */
export const loadPeer = <Peer>(name: string): Peer => require(name);

/** Returns the peers of the rows that are not installed, each once, sorted. */
export function missingPeers(needs: readonly Need[]): string[] {
  const names = new Set<string>(needs.flatMap(need => NEEDS[need]));
  return [...names].filter(name => !isInstalled(name)).sort();
}

/** @throws MissingPeers unless all peers of the row are installed */
export function requirePeers(need: Need): void {
  const missing = missingPeers([need]);
  if (missing.length > 0) throw new MissingPeers(need, missing);
}

/** A package that is installed and broken counts as installed: loading it reports what is wrong. */
function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}
