import { argon2id, hash } from 'argon2';
import { describe, expect, it } from 'vitest';
import { Argon2PasswordHasher, RECOMMENDED_COST } from '../../../src/adapters/driven/argon2/argon2-password-hasher.js';
import { parsePassword } from '../../../src/index.js';
import { cheapHashing } from '../../support/cheap-hashing.js';
import { wire } from '../../support/wire.js';

const { memoryCost, timeCost, parallelism } = cheapHashing;
const CHEAP = { memoryCost, timeCost, parallelism };
const password = parsePassword('correct horse');

describe('the password hasher', () => {
  it('makes argon2id hashes with the recommended cost unless told otherwise', async () => {
    expect(RECOMMENDED_COST).toEqual({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    const encoded = await new Argon2PasswordHasher().hash(password);
    // The PHC string format of Argon2, which fixes the order of the parameters: 16 bytes of salt, 32 of hash, unpadded.
    expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  });

  it('salts: two hashes of one password differ, and both match it', async () => {
    const hasher = new Argon2PasswordHasher(CHEAP);
    const [one, two] = [await hasher.hash(password), await hasher.hash(password)];
    expect(one).not.toBe(two);
    for (const stored of [one, two]) {
      expect(await hasher.verify(password, stored)).toEqual({ matches: true, outdated: false });
      expect(await hasher.verify(parsePassword('wrong horse'), stored)).toEqual({ matches: false, outdated: false });
    }
  });

  it.each([
    ['less memory', { ...CHEAP, memoryCost: 512 }, true],
    ['fewer passes', { ...CHEAP, timeCost: 1 }, true],
    ['the same', { ...CHEAP, timeCost: 2 }, false],
    ['more of both', { ...CHEAP, memoryCost: 2048, timeCost: 3 }, false],
  ])('says whether a hash made with %s is outdated', async (_what, cost, outdated) => {
    const stored = await new Argon2PasswordHasher(cost).hash(password);
    const hasher = new Argon2PasswordHasher({ ...CHEAP, timeCost: 2 });
    expect(await hasher.verify(password, stored)).toEqual({ matches: true, outdated });
  });

  const inOrder = (stored: string, order: string): string =>
    stored.replace(/\$(m=\d+),(t=\d+),(p=\d+)\$/, (_all, ...[m, t, p]: string[]) => {
      const parameters: Record<string, string | undefined> = { m, t, p };
      return `$${[...order].map(name => parameters[name]).join(',')}$`;
    });

  it.each(['mpt', 'ptm', 'tmp'])('reads the parameters in the order %s, and calls that outdated', async order => {
    const hasher = new Argon2PasswordHasher(CHEAP);
    const stored = await hasher.hash(password);
    const reordered = inOrder(stored, order);
    expect(reordered).not.toBe(stored);
    expect(await hasher.verify(password, reordered)).toEqual({ matches: true, outdated: true });
    expect(await hasher.verify(parsePassword('wrong horse'), reordered)).toEqual({ matches: false, outdated: false });
    expect(await hasher.verify(password, stored)).toEqual({ matches: true, outdated: false });
  });

  it.each([
    '',
    'plain',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=1024,t=1,p=1$broken',
    `$argon2id$v=19$m=1024,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  ])('a stored hash that is damaged (%j) matches nothing and breaks nothing', async stored => {
    expect(await new Argon2PasswordHasher(CHEAP).verify(password, stored)).toEqual({ matches: false, outdated: false });
  });

  it('does the same work for no account as for a wrong password', async () => {
    const hasher = new Argon2PasswordHasher({ ...CHEAP, memoryCost: 8192 });
    const stored = await hasher.hash(password);
    const cpu = async (hash: string | null) => {
      const before = process.cpuUsage();
      for (let round = 0; round < 20; round += 1) await hasher.verify(parsePassword('wrong horse'), hash);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await cpu(null);
    // Processor time, not time: without the decoy it is nearly nothing.
    expect(await cpu(null)).toBeGreaterThan((await cpu(stored)) / 4);
  });
});

describe('logging in with a hash of an earlier, weaker cost', () => {
  it('stores a stronger one, once', async () => {
    const weak = new Argon2PasswordHasher({ ...CHEAP, memoryCost: 512 });
    const strong = new Argon2PasswordHasher(CHEAP);
    const app = await wire({ hasher: { hash: text => weak.hash(text), verify: (...args) => strong.verify(...args) } });
    const { email } = await app.register('ann');
    const stored = async () => (await app.storage.users.findAccount({ email }))?.passwordHash;
    const first = await stored();
    await app.logIn('ann');
    // The hasher that makes the new hash is the weak one here, so what shows is that it was replaced.
    expect(await stored()).not.toBe(first);
  });

  it('replaces one in the order of the library by one in the canonical order, once', async () => {
    const app = await wire();
    const { id, email } = await app.register('ann');
    const stored = async () => (await app.storage.users.findAccount({ email }))?.passwordHash ?? '';
    const old = await hash('correct horse', { ...CHEAP, type: argon2id });
    expect(old).toMatch(/\$m=\d+,p=\d+,t=\d+\$/);
    await app.storage.users.replacePasswordHash(id, await stored(), old);
    expect(await stored()).toBe(old);
    await app.logIn('ann');
    const rewritten = await stored();
    expect(rewritten).toMatch(/\$m=\d+,t=\d+,p=\d+\$/);
    await app.logIn('ann');
    expect(await stored()).toBe(rewritten);
  });

  it('does not touch one that is strong enough', async () => {
    const app = await wire();
    const { email } = await app.register('ann');
    const stored = async () => (await app.storage.users.findAccount({ email }))?.passwordHash;
    const first = await stored();
    await app.logIn('ann');
    expect(await stored()).toBe(first);
  });
});
