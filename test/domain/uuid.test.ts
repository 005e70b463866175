import { randomBytes } from 'node:crypto';
import { v7, validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { UuidGenerator } from '../../src/adapters/driven/system/system.js';
import { uuidV7 } from '../../src/domain/id.js';

describe('uuidV7', () => {
  it('makes the same ids as the uuid package', () => {
    const milliseconds = [0, 1, Date.UTC(2026, 0, 31), 2 ** 48 - 1];
    const sequences = [0, 1, 63, 64, 2 ** 20 - 1, 2 ** 20, 0x7fff_ffff, 0xffff_ffff];
    for (const msecs of milliseconds) {
      for (const seq of sequences) {
        const random = randomBytes(16);
        const id = uuidV7(msecs, seq, random.subarray(10));
        expect(id).toBe(v7({ msecs, seq, random }));
        expect([validate(id), version(id)]).toEqual([true, 7]);
      }
    }
  });
});

describe('UuidGenerator', () => {
  const ids = (count: number, now: () => number): string[] => {
    const generator = new UuidGenerator(now);
    return Array.from({ length: count }, () => generator.next());
  };

  it('makes ids that increase: within a millisecond, and when the clock is set back', () => {
    let time = Date.UTC(2026, 0, 31);
    const backwards = (): number => {
      time -= 1;
      return time;
    };
    for (const now of [() => 1000, backwards, Date.now]) {
      const made = ids(1000, now);
      expect(made).toEqual([...new Set(made)].sort());
    }
  });

  it('makes ids that two processes do not share in the same millisecond', () => {
    const now = () => 1000;
    expect(new Set([...ids(1000, now), ...ids(1000, now)]).size).toBe(2000);
  });
});
