import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type {
  HashingLoad,
  PasswordHasher,
  PasswordVerdict,
} from '../../../application/ports/driven/password-hasher.js';
import type { Password } from '../../../domain/password-policy.js';
import { argon2id, hash, verify } from '../../../peers/argon2.js';
import type { QueueBounds } from './bounded-queue.js';
import { BoundedQueue } from './bounded-queue.js';

export interface Argon2Cost {
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: argon2id with at least 19 MiB, two passes, one lane. */
export const RECOMMENDED_COST: Argon2Cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * One hash for each core at once, at most four. More would not finish sooner; they would only occupy libuv's four
 * threads, which files and DNS share.
 */
export const defaultQueueBounds = (): QueueBounds => ({
  inFlight: Math.min(availableParallelism(), 4),
  waiting: 64,
  patience: 2000,
});

const NO_MATCH: PasswordVerdict = { matches: false, outdated: false };

export class Argon2PasswordHasher implements PasswordHasher {
  private readonly queue: BoundedQueue;
  /** A hash of random bytes with the current cost. Passwords for unknown accounts are compared with it. */
  private readonly decoy: Promise<string>;

  constructor(
    private readonly cost: Argon2Cost = RECOMMENDED_COST,
    bounds: QueueBounds = defaultQueueBounds(),
  ) {
    this.queue = new BoundedQueue(bounds);
    this.decoy = this.make(randomBytes(32).toString('base64url'));
    // The first caller receives the error. Until then the rejection must not count as unhandled.
    this.decoy.catch(() => undefined);
  }

  hash(password: Password, client: string | null = null): Promise<string> {
    return this.queue.run(() => this.make(password), client);
  }

  async verify(password: Password, stored: string | null, client: string | null = null): Promise<PasswordVerdict> {
    const cost = stored === null ? null : costOf(stored);
    // Without an account, or with a damaged hash: the same work as for a wrong password, and never a match.
    const encoded = stored !== null && cost ? stored : await this.decoy;
    const matches = await this.queue.run(() => verify(encoded, password), client);
    if (!cost || !matches) return NO_MATCH;
    const isWeaker = cost.memoryCost < this.cost.memoryCost || cost.timeCost < this.cost.timeCost;
    return { matches: true, outdated: isWeaker || encoded !== inCanonicalOrder(encoded, cost) };
  }

  load(): HashingLoad {
    return this.queue.load;
  }

  private async make(password: string): Promise<string> {
    return inCanonicalOrder(await hash(password, { type: argon2id, ...this.cost }), this.cost);
  }
}

// 22 characters are 16 bytes of salt, 43 are 32 bytes of hash. The order of the parameters depends on the library.
const ENCODED = /^\$argon2id\$v=19\$((?:[mtp]=\d{1,10},?){3})\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43,}$/;

function costOf(encoded: string): Argon2Cost | null {
  const pairs = ENCODED.exec(encoded)?.[1]
    ?.split(',')
    .map(pair => pair.split('='));
  const { m, t, p } = Object.fromEntries(pairs ?? []) as Partial<Record<string, string>>;
  return m && t && p ? { memoryCost: Number(m), timeCost: Number(t), parallelism: Number(p) } : null;
}

/**
 * Writes the parameters as `m,t,p`. That is their order in the PHC string format of Argon2, and the reference
 * implementation refuses any other; the library writes them as `m,p,t`.
 */
const inCanonicalOrder = (encoded: string, { memoryCost, timeCost, parallelism }: Argon2Cost): string =>
  encoded.replace(/\$[mtp]=[^$]*\$/, `$$m=${memoryCost},t=${timeCost},p=${parallelism}$$`);
