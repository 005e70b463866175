import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StorageConnector } from '../application/ports/driven/storage.js';
import { PlainError, redactText } from '../domain/redaction.js';

/** What a function that a module exports is called with. */
export interface ModuleStoreOptions {
  /** As it was given, such as `module:./my-store.js?file=cards.db`: `new URL(url).searchParams` has the query. */
  readonly url: string;
  /** Connections to the database, at most. */
  readonly poolSize: number;
  /** Receives one line for an operator about a store that is open. It is logged. */
  readonly onWarning: (message: string) => void;
}

/** The default export of a module that `DATABASE_URL=module:…` names. */
export type ModuleStore =
  | StorageConnector
  | ((options: ModuleStoreOptions) => StorageConnector | Promise<StorageConnector>);

const GUIDE = 'docs/storage-adapters.md shows one';

/** Path or package name, without the query, which may hold a password. */
const specifierOf = (url: string): string => /^module:([^?]*)/.exec(url)?.[1] ?? '';

const isPath = (specifier: string): boolean =>
  /^\.{1,2}\//.test(specifier) ||
  isAbsolute(specifier) ||
  statSync(resolve(specifier), { throwIfNoEntry: false })?.isFile() === true;

/** Returns the same text for all URLs of one store, as far as the URLs show it. */
export const moduleIdentity = (url: string): string => {
  const specifier = specifierOf(url);
  return (isPath(specifier) ? resolve(specifier) : specifier) + url.slice('module:'.length + specifier.length);
};

/**
 * Loads the storage adapter that a URL names: `module:./my-store.js`, a path that is relative to the working directory,
 * or `module:my-package`.
 *
 * @throws PlainError where there is no such module, it cannot be loaded, or its default export is no adapter.
 */
export async function loadModule(
  url: string,
  { poolSize, onWarning = () => undefined }: Partial<ModuleStoreOptions> & { readonly poolSize: number },
): Promise<StorageConnector> {
  const specifier = specifierOf(url);
  const name = `module:${specifier}`;
  const { default: exported } = await importModule(specifier, name);
  if (exported === undefined) {
    throw new PlainError(
      `${name} has no default export: it has to export a StorageConnector, or a function that returns one (${GUIDE})`,
    );
  }
  const made = typeof exported === 'function' ? await call(exported, { url, poolSize, onWarning }, name) : exported;
  const missing = missingIn(made);
  if (missing.length === 0) return made as StorageConnector;
  const from = typeof exported === 'function' ? 'the function that it exports returns' : 'its default export is';
  throw new PlainError(`${name}: ${from} no StorageConnector: it lacks ${missing.join(', ')} (${GUIDE})`);
}

async function importModule(specifier: string, name: string): Promise<{ readonly default?: unknown }> {
  const found = isPath(specifier) ? findFile(specifier, name) : findPackage(specifier, name);
  try {
    return await import(found);
  } catch (error) {
    throw new PlainError(`${name} cannot be loaded: ${messageOf(error)}`);
  }
}

function findFile(specifier: string, name: string): string {
  const path = resolve(specifier);
  if (existsSync(path)) return pathToFileURL(path).href;
  throw new PlainError(`${name} is not found: there is no file ${path}. The path is relative to the working directory`);
}

/** Looks for the package from the working directory, then from Tradepost's own, as Node.js does. */
function findPackage(specifier: string, name: string): string {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(specifier)).href;
  } catch (error) {
    // The package is there, and has no entry for `require`.
    if ((error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return specifier;
    throw new PlainError(
      `${name} is not found: no package of that name is installed in ${process.cwd()}. Install it with npm install, or ` +
        `write module:./${specifier} for a file`,
    );
  }
}

async function call(exported: unknown, options: ModuleStoreOptions, name: string): Promise<unknown> {
  try {
    return await (exported as (options: ModuleStoreOptions) => unknown)(options);
  } catch (error) {
    throw new PlainError(`${name} cannot be loaded: ${messageOf(error)}`);
  }
}

/** With what it quotes, such as the name of a package that is missing: nothing in it comes from users. */
const messageOf = (error: unknown): string => redactText(error instanceof Error ? error.message : String(error));

/** The parts of a connector that a value lacks. */
function missingIn(value: unknown): string[] {
  const parts = { description: 'string', open: 'function', migrate: 'function', inspect: 'function' };
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return Object.entries(parts).flatMap(([part, type]) => (typeof given[part] === type ? [] : [part]));
}
