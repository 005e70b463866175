import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createComplete, createFolder, makePrivate } from '../adapters/driven/embedded/private-files.js';
import { SessionSecretUnusable } from '../application/ports/driven/storage-errors.js';
import { secretFlaw } from '../domain/session.js';
import type { Config } from './config.js';

/** The secrets that sign cookies, and where they come from. */
export interface SessionSecrets {
  /** The first signs, all verify. */
  readonly secrets: readonly string[];
  /** The source of the secrets, for the log. */
  readonly origin: 'environment' | 'file' | 'made for this run';
}

/** The file that keeps the secret beside a store with a data folder. */
export const secretPath = (directory: string): string => join(directory, 'session-secret');

const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * Returns the configured secrets. If there are none (only in development, because production refuses to start), creates
 * one and keeps it in the data folder, so that sessions survive a restart.
 *
 * @throws SessionSecretUnusable, DataFolderUnsafe
 */
export async function sessionSecrets({
  sessionSecrets: configured,
  store,
}: Pick<Config, 'sessionSecrets' | 'store'>): Promise<SessionSecrets> {
  if (configured) return { secrets: configured, origin: 'environment' };
  if (store.directory === null) return { secrets: [newSecret()], origin: 'made for this run' };
  return { secrets: [await keepSecret(store.directory)], origin: 'file' };
}

async function keepSecret(directory: string): Promise<string> {
  createFolder(resolve(directory));
  makePrivate(directory, () => false);
  const path = secretPath(directory);
  await createComplete(path, `${newSecret()}\n`);
  refuseUnsafe(path, await lstat(path));
  // Windows has no modes.
  if (process.getuid) await chmod(path, 0o600);
  return readSecret(path);
}

/**
 * Checks the file of the secret, if there is one. Changes nothing. A folder that cannot be entered is not reported here:
 * the check of the store reports it.
 *
 * @throws SessionSecretUnusable
 */
export async function checkSecretFile({
  sessionSecrets: configured,
  store,
}: Pick<Config, 'sessionSecrets' | 'store'>): Promise<void> {
  if (configured || store.directory === null) return;
  const path = secretPath(store.directory);
  const stats = await lstat(path).catch(() => null);
  if (!stats) return;
  refuseUnsafe(path, stats);
  // A file of this user that its mode keeps from being read gets another mode before it is read.
  if (process.getuid && (stats.mode & 0o400) === 0) return;
  await readSecret(path);
}

async function readSecret(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SessionSecretUnusable(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const secret = text.trim();
  const flaw = secretFlaw(secret);
  if (flaw) throw new SessionSecretUnusable(path, flaw);
  return secret;
}

/** @throws SessionSecretUnusable where another user can have chosen the content of the file */
function refuseUnsafe(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw new SessionSecretUnusable(path, 'is behind a symbolic link');
  if (!stats.isFile()) throw new SessionSecretUnusable(path, 'is not a file');
  const own = process.getuid?.();
  if (own === undefined) return;
  if (stats.uid !== own) {
    const problem = `belongs to the user with the id ${stats.uid}, and this process runs as ${own}`;
    throw new SessionSecretUnusable(path, problem);
  }
  if ((stats.mode & 0o022) !== 0) throw new SessionSecretUnusable(path, 'could be written by other users');
}
