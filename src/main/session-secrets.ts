import { randomBytes } from 'node:crypto';
import { chmod, lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createComplete, createFolder, makePrivate } from '../adapters/driven/embedded/private-files.js';
import { SessionSecretUnusable } from '../application/ports/driven/storage-errors.js';
import { secretFlaw } from '../domain/session.js';
import type { Config } from './config.js';

export interface SessionSecrets {
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
  const unsafe = await makeSecretPrivate(path);
  if (unsafe) throw new SessionSecretUnusable(path, unsafe);
  const secret = (await readFile(path, 'utf8')).trim();
  const flaw = secretFlaw(secret);
  if (flaw) throw new SessionSecretUnusable(path, flaw);
  return secret;
}

/** Gives the file the mode 0600. Returns why another user can have chosen its content, which is then refused. */
async function makeSecretPrivate(path: string): Promise<string | null> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return 'is behind a symbolic link';
  const own = process.getuid?.();
  if (own === undefined) return null;
  if (stats.uid !== own) return `belongs to the user with the id ${stats.uid}, and this process runs as ${own}`;
  if ((stats.mode & 0o022) !== 0) return 'could be written by other users';
  await chmod(path, 0o600);
  return null;
}
