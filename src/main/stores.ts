import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import * as mongoLocation from '../adapters/driven/mongo/location.js';
import * as postgresLocation from '../adapters/driven/postgres/location.js';
import type { StorageConnector } from '../application/ports/driven/storage.js';
import type { Need } from '../peers/peers.js';
import { loadModule, moduleIdentity } from './module-store.js';

/** The store that commands use where `DATABASE_URL` is not set. */
export const DEFAULT_STORE = 'file:.tradepost';

/** `prepare`, `signalsUrl` and `signals` are for PostgreSQL alone. */
export interface LoadOptions {
  readonly poolSize: number;
  readonly prepare?: boolean | undefined;
  readonly signalsUrl?: string | undefined;
  readonly signals?: SignalSource | undefined;
  /** Receives one line for an operator about a store that is open. */
  readonly onWarning?: (message: string) => void;
}

/** Where signals of PostgreSQL come from. */
export type SignalSource = 'notify' | 'poll' | `redis://${string}` | `rediss://${string}`;

/** One kind of store, as the command line and the environment name it. Adding a kind: CONTRIBUTING.md. */
interface StoreRow {
  /** The form of its URLs, for messages. */
  readonly form: string;
  /** How its URLs begin. */
  readonly scheme: RegExp;
  /** The row of `NEEDS` with the packages of the adapter; null if it needs none. */
  readonly need: Need | null;
  /** Whether a URL with this scheme can be parsed. */
  matches(url: string): boolean;
  /** The folder with the data. Left out where the data is on a server or in memory. */
  directory?(url: string): string;
  /** Whether the data outlives the process. Only such a store can be copied by a command. */
  readonly isPersistent: boolean;
  /** Returns the same text for all URLs of one store, as far as the URLs show it. */
  identity(url: string): string;
  /** Loads the adapter with its driver, and no other driver. */
  load(url: string, options: LoadOptions): Promise<StorageConnector>;
}

const directoryOf = (url: string): string => url.slice('file:'.length);

export const STORES = {
  postgres: {
    form: 'postgres://user:password@host:port/database',
    scheme: /^postgres(?:ql)?:\/\//,
    need: 'tradepost/postgres',
    matches: url => postgresLocation.locationOf(url) !== null,
    isPersistent: true,
    identity: postgresLocation.identityOf,
    load: async (url, options) => {
      const { postgres } = await import('../adapters/driven/postgres/index.js');
      return postgres({ url, ...options });
    },
  },
  mongo: {
    form: 'mongodb://user:password@host:port/database',
    scheme: /^mongodb(?:\+srv)?:\/\//,
    need: 'tradepost/mongo',
    matches: url => mongoLocation.locationOf(url) !== null,
    isPersistent: true,
    identity: mongoLocation.identityOf,
    load: async (url, options) => {
      const { mongo } = await import('../adapters/driven/mongo/index.js');
      return mongo({ url, ...options });
    },
  },
  embedded: {
    form: 'file:DIRECTORY',
    scheme: /^file:/,
    need: 'tradepost/embedded',
    matches: url => /^file:./.test(url),
    directory: directoryOf,
    isPersistent: true,
    identity: url => realPath(resolve(directoryOf(url))),
    load: async url => {
      const { embedded } = await import('../adapters/driven/embedded/index.js');
      return embedded({ directory: directoryOf(url) });
    },
  },
  module: {
    form: 'module:./my-store.js',
    scheme: /^module:/,
    need: null,
    matches: url => /^module:[^?]/.test(url),
    isPersistent: true,
    identity: moduleIdentity,
    load: loadModule,
  },
  memory: {
    form: 'memory:',
    scheme: /^memory:/,
    need: null,
    matches: url => url === 'memory:',
    isPersistent: false,
    identity: url => url,
    load: async () => {
      const { memory } = await import('../adapters/driven/memory/index.js');
      return memory();
    },
  },
} as const satisfies Record<string, StoreRow>;

export type StoreKind = keyof typeof STORES;

const ROWS: Readonly<Record<StoreKind, StoreRow>> = STORES;

/** A URL of one store. */
export interface StoreUrl {
  readonly kind: StoreKind;
  /** As it was given. It may hold a password. */
  readonly url: string;
  /** The folder with the data; null where the data is on a server or in memory. */
  readonly directory: string | null;
}

/** Returns the store that a URL names; null if the URL is of no kind. */
export function parseStoreUrl(url: string): StoreUrl | null {
  const kind = (Object.keys(ROWS) as StoreKind[]).find(each => ROWS[each].scheme.test(url) && ROWS[each].matches(url));
  return kind === undefined ? null : { kind, url, directory: ROWS[kind].directory?.(url) ?? null };
}

/** Returns the row of `NEEDS` with the packages for a URL; null if it needs none or is of no kind. Parses no URL. */
export const needOf = (url: string): Need | null =>
  Object.values(ROWS).find(({ scheme }) => scheme.test(url))?.need ?? null;

export const loadConnector = ({ kind, url }: StoreUrl, options: LoadOptions): Promise<StorageConnector> =>
  ROWS[kind].load(url, options);

export const isPersistent = ({ kind }: StoreUrl): boolean => ROWS[kind].isPersistent;

/**
 * Whether two URLs name one store, as far as the URLs show it: users, passwords and settings do not count. Two names of
 * one host look like two stores; a copy between those is refused because the target is not empty.
 */
export const isSameStore = (one: StoreUrl, other: StoreUrl): boolean =>
  one.kind === other.kind && ROWS[one.kind].identity(one.url) === ROWS[other.kind].identity(other.url);

const listOf = (forms: readonly string[]): string =>
  new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(forms);
const shorten = (form: string): string => form.replace(/\/\/.*/, '//…');

/** The forms of all URLs of stores: in full, in short, and in short for persistent stores only. */
export const STORE_FORMS = {
  full: listOf(Object.values(ROWS).map(({ form }) => form)),
  short: listOf(Object.values(ROWS).map(({ form }) => shorten(form))),
  persistent: listOf(Object.values(ROWS).flatMap(row => (row.isPersistent ? shorten(row.form) : []))),
};

/** A directory that does not exist yet has no alias. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
