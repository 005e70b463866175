import { createHash, randomBytes } from 'node:crypto';

/**
 * Replaces the package `argon2` while mutants run: Stryker ends the threads of vitest at any moment, and Node aborts if a
 * thread ends in the middle of a native hash. Same functions and format, but not slow and not secure.
 */
interface Cost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

export const argon2id = 2;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64').replace('=', '');

export async function hash(password: string, { memoryCost, timeCost, parallelism }: Cost): Promise<string> {
  const salt = randomBytes(16).toString('base64').replaceAll('=', '');
  const cost = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
  return `$argon2id$v=19$${cost}$${salt}$${sha256(salt + password)}`;
}

export async function verify(encoded: string, password: string): Promise<boolean> {
  const [salt = '', digest] = encoded.split('$').slice(4);
  return digest === sha256(salt + password);
}
