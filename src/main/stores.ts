import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import * as mongoLocation from '../adapters/driven/mongo/location.js';
import * as postgresLocation from '../adapters/driven/postgres/location.js';
import type { StorageConnector } from '../application/ports/driven/storage.js';
import { loadModule, moduleIdentity } from './module-store.js';

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
  /** Whether a URL is of this kind and can be parsed. */
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
    matches: url => /^postgres(?:ql)?:\/\//.test(url) && postgresLocation.locationOf(url) !== null,
    isPersistent: true,
    identity: postgresLocation.identityOf,
    load: async (url, options) => {
      const { postgres } = await import('../adapters/driven/postgres/index.js');
      return postgres({ url, ...options });
    },
  },
  mongo: {
    form: 'mongodb://user:password@host:port/database',
    matches: url => /^mongodb(?:\+srv)?:\/\//.test(url) && mongoLocation.locationOf(url) !== null,
    isPersistent: true,
    identity: mongoLocation.identityOf,
    load: async (url, options) => {
      const { mongo } = await import('../adapters/driven/mongo/index.js');
      return mongo({ url, ...options });
    },
  },
  embedded: {
    form: 'file:DIRECTORY',
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
    matches: url => /^module:[^?]/.test(url),
    isPersistent: true,
    identity: moduleIdentity,
    load: loadModule,
  },
  memory: {
    form: 'memory:',
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
  const kind = (Object.keys(ROWS) as StoreKind[]).find(each => ROWS[each].matches(url));
  return kind === undefined ? null : { kind, url, directory: ROWS[kind].directory?.(url) ?? null };
}

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
