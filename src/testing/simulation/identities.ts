import { createHash } from 'node:crypto';
import type { PasswordHasher } from '../../application/ports/driven/password-hasher.js';
import type { Clock, IdGenerator, TokenGenerator } from '../../application/ports/driven/system.js';
import type { Id } from '../../domain/id.js';
import { parseId } from '../../domain/id.js';
import type { SeededRandom } from './random.js';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** UUIDv7 from the virtual clock and the seed. They ascend within one generator, as those of one process do. */
export class SeededIds implements IdGenerator {
  private latest = 0;
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: SeededRandom,
  ) {}

  next(): Id {
    const now = Date.parse(this.clock.now());
    this.count = now > this.latest ? 0 : this.count + 1;
    this.latest = Math.max(now, this.latest);
    const time = hex(this.latest, 12);
    const [one, two] = [this.random.between(0, 0xfffffff), this.random.between(0, 0xffffffff)];
    const rest = `${hex(one, 7)}${hex(two, 8)}`;
    return parseId(`${time.slice(0, 8)}-${time.slice(8)}-7${hex(this.count, 3)}-8${rest.slice(0, 3)}-${rest.slice(3)}`);
  }
}

/** Tokens from the seed. They are no secrets. */
export class SeededTokens implements TokenGenerator {
  constructor(private readonly random: SeededRandom) {}

  next(): string {
    const part = (): string => hex(this.random.between(0, 0xffffffff), 8);
    return `${part()}${part()}${part()}${part()}${part()}`.padEnd(43, '-');
  }

  digest(token: string): string {
    return createHash('sha256').update(token).digest('hex');
  }
}

/** Stores passwords as they are, because hashing takes real time and has nothing to do with races. */
export const plainPasswords: PasswordHasher = {
  hash: async password => `plain ${password}`,
  verify: async (password, hash) => ({ matches: hash === `plain ${password}`, outdated: false }),
};
