import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
 * @throws SessionSecretUnusable
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
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = secretPath(directory);
  try {
    await writeFile(path, `${newSecret()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  const flaw = secretFlaw(secret);
  if (flaw) throw new SessionSecretUnusable(path, flaw);
  return secret;
}
