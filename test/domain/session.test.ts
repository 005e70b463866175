import { describe, expect, it } from 'vitest';
import { parseId } from '../../src/domain/id.js';
import { computeLivenessBounds, computeTouchInterval, isLive, openSession } from '../../src/domain/session.js';
import { addSeconds, timestamp } from '../../src/domain/timestamp.js';

const now = timestamp(Date.UTC(2026, 0, 31, 12));
const id = parseId('01890a5d-ac96-774b-bcce-b302099a8057');
const policy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };
const session = openSession({ id, userId: id, userAgent: null, now }, policy);
const at = (seconds: number, idleTimeout: number | null = null) =>
  computeLivenessBounds(addSeconds(now, seconds), { lifetime: 3600, idleTimeout, maxPerUser: 100 });

describe('a session', () => {
  it('expires its lifetime after it was opened', () => {
    expect(session).toMatchObject({ createdAt: now, lastUsedAt: now, expiresAt: '2026-01-31T13:00:00.000Z' });
    expect(isLive(session, at(3599.999))).toBe(true);
    expect(isLive(session, at(3600))).toBe(false);
  });

  it('ends after the idle timeout, if there is one', () => {
    expect(isLive(session, at(599.999, 600))).toBe(true);
    expect(isLive(session, at(600, 600))).toBe(false);
    expect(isLive({ ...session, lastUsedAt: addSeconds(now, 500) }, at(600, 600))).toBe(true);
  });

  it('ends with its lifetime, even if it was just used', () => {
    expect(isLive({ ...session, lastUsedAt: addSeconds(now, 3599) }, at(3600, 600))).toBe(false);
  });

  it('has its last use written once a minute, or once a second with an idle timeout', () => {
    expect(computeTouchInterval(policy)).toBe(60);
    expect(computeTouchInterval({ ...policy, idleTimeout: 600 })).toBe(1);
  });
});
