import { describe, expect, it } from 'vitest';
import { CloseCode } from '../../src/adapters/driving/websocket/index.js';
import {
  CLOSE_TIMEOUT,
  completeLimits,
  DEFAULT_LIMITS,
  MAX_BUFFERED,
  MAX_PAYLOAD,
} from '../../src/adapters/driving/websocket/limits.js';
import { PermitBucket } from '../../src/adapters/driving/websocket/throttle.js';

describe('limits of sockets', () => {
  it('are those of the contract, unless they are set', () => {
    expect(DEFAULT_LIMITS).toEqual({
      sockets: 5000,
      socketsPerUser: 10,
      anonymousSockets: 1250,
      anonymousSocketsPerAddress: 20,
      messagesPerMinute: 100,
      badMessages: 10,
      sessionPatience: 10_000,
      pingInterval: 30_000,
    });
    expect(completeLimits({ sockets: 9 }).anonymousSockets).toBe(3);
    expect([MAX_PAYLOAD, MAX_BUFFERED, CLOSE_TIMEOUT]).toEqual([16_384, 1_048_576, 5000]);
  });

  it('have the codes of the contract', () => {
    const codes = Object.values(CloseCode).filter(code => typeof code === 'number');
    expect(codes).toEqual([1001, 1002, 1003, 1007, 1008, 1009, 1011, 1013, 4401, 4408, 4429]);
  });
});

describe('a token bucket', () => {
  function bucket(capacity: number, period: number) {
    let now = 1000;
    const made = new PermitBucket(capacity, period, () => now);
    const take = (times: number): number => Array.from({ length: times }, () => made.take()).filter(Boolean).length;
    return {
      made,
      take,
      pass: (milliseconds: number) => {
        now += milliseconds;
      },
    };
  }

  it('starts with its capacity, regains it evenly, and never holds more', () => {
    const { take, pass } = bucket(100, 60_000);
    expect(take(500)).toBe(100);
    pass(599);
    expect(take(500)).toBe(0);
    pass(2);
    expect(take(500)).toBe(1);
    pass(30_000);
    expect(take(500)).toBe(50);
    pass(3_600_000);
    expect(take(500)).toBe(100);
  });

  it('returns the seconds until there is a token again', () => {
    const { made, take, pass } = bucket(6, 60_000);
    take(6);
    expect(made.secondsToNext).toBe(10);
    pass(4000);
    expect(made.take()).toBe(false);
    expect(made.secondsToNext).toBe(6);
    pass(6000);
    expect(made.take()).toBe(true);
  });
});
