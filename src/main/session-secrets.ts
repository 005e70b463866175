import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.js';

export interface SessionSecrets {
  readonly secrets: readonly string[];
  /** Where they came from, for the log. */
  readonly origin: 'environment' | 'file' | 'made for this run';
}

const newSecret = (): string => randomBytes(32).toString('base64url');

/**
 * The configured secrets; without any (development only: production refuses to start) one that is made once and kept
 * beside the embedded database, so that a restart logs nobody out.
 */
export async function sessionSecrets({ sessionSecrets: configured, storage }: Config): Promise<SessionSecrets> {
  if (configured) return { secrets: configured, origin: 'environment' };
  if (storage.kind !== 'embedded') return { secrets: [newSecret()], origin: 'made for this run' };
  return { secrets: [await keptSecret(storage.directory)], origin: 'file' };
}

async function keptSecret(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'session-secret');
  try {
    await writeFile(path, `${newSecret()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (Buffer.byteLength(secret) >= 32) return secret;
  throw new Error(`${path} should hold a secret of at least 32 bytes and does not. Delete it, and a new one is made.`);
}
