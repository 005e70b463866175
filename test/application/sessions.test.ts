import { describe, expect, it } from 'vitest';
import { parsePassword, parseUsername } from '../../src/index.js';
import { wire } from '../support/wire.js';

const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });

describe('a session', () => {
  it('is valid until its lifetime is over, no matter how often it is used', async () => {
    const app = await wire();
    await app.register('ann');
    const { token } = await app.logIn('ann');
    for (let minute = 0; minute < 59; minute += 1) {
      await app.callerOf(token);
      app.clock.advance(60);
    }
    app.clock.advance(59.999);
    await app.callerOf(token);
    app.clock.advance(0.001);
    await expect(app.callerOf(token)).rejects.toEqual(unauthenticated);
  });

  it('stays live if it is used within the idle timeout, and ends otherwise', async () => {
    const app = await wire({ session: { lifetime: 3600, idleTimeout: 300 } });
    await app.register('ann');
    const { token } = await app.logIn('ann');
    for (let use = 0; use < 5; use += 1) {
      app.clock.advance(299);
      await app.callerOf(token);
    }
    app.clock.advance(300);
    await expect(app.callerOf(token)).rejects.toEqual(unauthenticated);
  });

  it('that expired is not listed and is deleted by the sweep', async () => {
    const app = await wire();
    await app.register('ann');
    await app.logIn('ann');
    app.clock.advance(3600);
    const { token } = await app.logIn('ann');
    const caller = await app.callerOf(token);
    expect((await app.listSessions.execute({ caller })).items).toHaveLength(1);
    expect(await app.sweep.execute()).toEqual({ sessions: 1, idempotencyRecords: 0, attempts: 0 });
    expect(await app.sweep.execute()).toEqual({ sessions: 0, idempotencyRecords: 0, attempts: 0 });
    await app.callerOf(token);
  });

  it('replaces the one the login names', async () => {
    const app = await wire();
    await app.register('ann');
    const [first, kept] = [await app.logIn('ann'), await app.logIn('ann')];
    const second = await app.logIn('ann', first.token);
    await expect(app.callerOf(first.token)).rejects.toEqual(unauthenticated);
    await app.callerOf(kept.token);
    await app.callerOf(second.token);
  });

  it('is marked as current only in its own list', async () => {
    const app = await wire();
    await app.register('ann');
    const [first, second] = [await app.logIn('ann'), await app.logIn('ann')];
    const { items } = await app.listSessions.execute({ caller: await app.callerOf(first.token) });
    expect(items.map(({ id, current }) => [id, current])).toEqual([
      [second.session.id, false],
      [first.session.id, true],
    ]);
  });
});

describe('tokens', () => {
  it('are 43 characters, unique, and stored only as digests', async () => {
    const app = await wire();
    await app.register('ann');
    const tokens = new Set<string>();
    for (let login = 0; login < 20; login += 1) tokens.add((await app.logIn('ann')).token);
    expect(tokens.size).toBe(20);
    for (const token of tokens) {
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      await expect(app.callerOf(app.tokens.digest(token) ?? '')).rejects.toEqual(unauthenticated);
    }
  });

  it.each(['', 'token', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}!`, '__proto__', 'x'.repeat(4096)])(
    '%j is refused without a query',
    async token => {
      const app = await wire();
      app.storage.sessions.use = () => Promise.reject(new Error('queried the store'));
      await expect(app.authenticate.execute({ token })).rejects.toEqual(unauthenticated);
      await expect(app.authenticate.execute({ token: null })).rejects.toEqual(unauthenticated);
    },
  );
});

describe('logging in', () => {
  it('gives the same error for an unknown account and a wrong password', async () => {
    const app = await wire();
    await app.register('ann');
    const attempt = (username: string, password: string) =>
      app.login
        .execute({
          account: { username: parseUsername(username) },
          password: parsePassword(password),
          userAgent: null,
          replaces: null,
        })
        .catch((error: Error) => ({ ...error, message: error.message }));
    expect(await attempt('ann', 'wrong horse')).toEqual(await attempt('nobody', 'wrong horse'));
    expect(await attempt('ann', 'wrong horse')).toMatchObject({ code: 'invalid_credentials' });
  });
});
