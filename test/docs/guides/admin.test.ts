import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import { openTradepost, PASSWORD } from '../../support/library-users.js';
import { codeOf } from '../../support/pages/code-blocks.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

it('docs/guides/admin.md has statements that do what it says', async () => {
  const { url, drop } = await freshDatabase(inject('postgresUrl'), `admin_${randomBytes(6).toString('hex')}`);
  onTestFinished(drop);
  const pool = new pg.Pool({ connectionString: url });
  onTestFinished(() => pool.end());
  const { tradepost } = await openTradepost(postgres({ url }), { rateLimits: { freeFailures: 2 } });
  onTestFinished(() => tradepost.close());
  const sql = async (name: string) => pool.query(codeOf('docs/guides/admin.md', name));

  const enter = async (username: string) => {
    const name = username;
    await tradepost.registerUser({ email: `${username}@example.org`, username, name, password: PASSWORD });
    return tradepost.login({ username, password: PASSWORD, userAgent: `browser of ${username}` });
  };
  const [ann, bob] = [await enter('Ann'), await enter('bob')];
  await tradepost.login({ username: 'Ann', password: PASSWORD });
  const { id: cardId } = await tradepost.addCard({ token: ann.token, name: 'Ace' });
  await tradepost.recordTrade({ token: ann.token, cardId, recipient: { username: 'bob' } });

  expect((await sql('find-user')).rows).toEqual([
    expect.objectContaining({ id: ann.user.id, username: 'Ann', email: 'ann@example.org' }),
  ]);
  const { rows } = await sql('list-sessions');
  expect(rows.map(({ user_agent }) => user_agent)).toEqual(expect.arrayContaining(['browser of Ann', null]));
  expect((await sql('counts')).rows).toEqual([{ users: '2', live_sessions: '3', cards: '1', trades: '1' }]);

  const ended: string[] = [];
  const watchOf = (token: string) =>
    tradepost.watchTrades({ token }, () => undefined, { onEnd: ({ code }) => void ended.push(code) });
  onTestFinished(await watchOf(ann.token));
  expect((await sql('end-sessions')).rowCount).toBe(2);
  await expect(tradepost.authenticate({ token: ann.token })).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect.poll(() => ended, { timeout: 8_000 }).toEqual(['unauthenticated']);
  expect((await tradepost.authenticate({ token: bob.token })).user.username).toBe('bob');
  await tradepost.login({ username: 'Ann', password: PASSWORD });

  const fail = () => tradepost.login({ username: 'Ann', password: 'not the password' }).catch(({ code }) => code);
  const codes = [await fail(), await fail(), await fail(), await fail()];
  expect(codes.at(-1)).toBe('rate_limited');
  await sql('forget-attempts');
  expect((await tradepost.login({ username: 'Ann', password: PASSWORD })).user.username).toBe('Ann');

  await sql('end-all-sessions');
  await expect(tradepost.authenticate({ token: bob.token })).rejects.toMatchObject({ code: 'unauthenticated' });
});
