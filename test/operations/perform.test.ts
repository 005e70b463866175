import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { OperationName, Operations } from '../../src/adapters/driving/operations/index.js';
import { ANONYMOUS, CALLER_OPERATION, dispatch, perform } from '../../src/adapters/driving/operations/index.js';
import type { LoginResult, Tradepost, User } from '../../src/index.js';
import { openTradepost, PASSWORD, session, somebody } from '../support/library-users.js';

async function opened(): Promise<Tradepost> {
  const { tradepost } = await openTradepost(memory());
  onTestFinished(() => tradepost.close());
  return tradepost;
}

const outcome = async ({ useCases }: Tradepost, token: string, name: OperationName, input: object = {}) =>
  (await perform(useCases, name, input, { ...ANONYMOUS, token })).session;

describe('what happened to the session of the caller', () => {
  it('is that a login opened one, and the result has its token', async () => {
    const tradepost = await opened();
    const { username } = await somebody(tradepost);
    const performed = await perform(tradepost.useCases, 'sessions.login', { username, password: PASSWORD });
    if (performed.session !== 'opened') throw new Error(performed.session);
    expectTypeOf(performed.result).toExtend<LoginResult>();
    expect(await tradepost.authenticate({ token: performed.result.token })).toMatchObject({ user: { username } });
  });

  it('is that a logout ended it', async () => {
    const tradepost = await opened();
    const { token } = await somebody(tradepost);
    expect(await outcome(tradepost, token, 'sessions.logout')).toBe('ended');
  });

  it('depends on whose session was revoked, however its id is written', async () => {
    const tradepost = await opened();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const other = await session(tradepost, ann.username);
    expect(await outcome(tradepost, ann.token, 'sessions.revoke', { id: other.sessionId })).toBe('kept');
    const id = ann.sessionId.toUpperCase();
    expect(await outcome(tradepost, ann.token, 'sessions.revoke', { id })).toBe('ended');
    await expect(outcome(tradepost, bob.token, 'sessions.revoke', { id })).rejects.toMatchObject({
      code: 'session_not_found',
    });
  });

  it('depends on whether all sessions were revoked, or all others', async () => {
    const tradepost = await opened();
    const { token } = await somebody(tradepost);
    expect(await outcome(tradepost, token, 'sessions.revokeAll', { except: 'current' })).toBe('kept');
    expect(await outcome(tradepost, token, 'sessions.revokeAll')).toBe('ended');
  });

  it('is nothing for every other operation', async () => {
    const tradepost = await opened();
    const { token } = await somebody(tradepost);
    const calls: [OperationName, object][] = [
      ['users.register', { email: 'zoe@example.org', username: 'zoe', name: 'Zoe', password: PASSWORD }],
      [CALLER_OPERATION, {}],
      ['sessions.list', {}],
      ['cards.add', { name: 'Ace' }],
      ['cards.list', {}],
      ['trades.list', {}],
    ];
    for (const [name, input] of calls) expect(await outcome(tradepost, token, name, input), name).toBe('kept');
  });
});

/** Checked by the compiler. */
describe('the types of a row', () => {
  it('require `endsSession` of those that may end the session, and of no others', () => {
    expectTypeOf<Operations['sessions.revoke']['endsSession']>().toBeFunction();
    expectTypeOf<Parameters<Operations['sessions.revokeAll']['endsSession']>[0]>().toEqualTypeOf<{
      except?: 'current' | undefined;
    }>();
    expectTypeOf<Operations['sessions.logout']['endsSession']>().toEqualTypeOf<undefined>();
    expectTypeOf<Operations['cards.add']['endsSession']>().toEqualTypeOf<undefined>();
  });

  it('are those of its schema and its use case', () => {
    expectTypeOf(dispatch<'users.register'>).returns.resolves.toExtend<User>();
    expectTypeOf<Parameters<Operations['users.register']['run']>[0]['caller']>().toBeNull();
    expectTypeOf<Parameters<Operations['cards.list']['run']>[0]['caller']>().not.toBeNullable();
    expectTypeOf<Parameters<Operations['cards.list']['run']>[0]['input']['limit']>().toBeNumber();
  });
});
