import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import { type Client, createClient } from '../../src/adapters/client/index.js';
import { type Surface, surface } from '../../src/adapters/driving/operations/index.js';
import type { Tradepost } from '../../src/index.js';

describe('the client', () => {
  it('has every operation of the surface as a method, which requests the route of its row', async () => {
    const requested: string[] = [];
    vi.stubGlobal('fetch', async (url: string, { method }: RequestInit) => {
      requested.push(`${method} ${new URL(url).pathname}`);
      return new Response('{}', { headers: { 'content-type': 'application/json' } });
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const client = createClient({ url: 'http://localhost', WebSocket: vi.fn() });
    const rows = Object.values(surface);
    expect(rows.length).toBeGreaterThan(10);
    for (const { library } of rows) await (client[library] as (input: object) => Promise<unknown>)({ id: 'some-id' });
    const routes = rows.map(({ route: { method, path } }) => `${method} ${path.replace('{id}', 'some-id')}`);
    expect(requested).toEqual(routes);
  });
});

type Method = Exclude<keyof Client & keyof Tradepost, 'watchTrades'>;
type Input<From extends Client | Tradepost, Name extends Method> = Omit<
  NonNullable<Parameters<From[Name]>[0]>,
  'token'
>;
type Result<From extends Client | Tradepost, Name extends Method> = Awaited<ReturnType<From[Name]>>;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type OtherInputs = { [Name in Method]: Same<Input<Client, Name>, Input<Tradepost, Name>> extends true ? never : Name };
type OtherResults = {
  [Name in Method]: Same<Result<Client, Name>, Result<Tradepost, Name>> extends true ? never : Name;
};

/** Checked by the compiler. */
describe('the types of the client', () => {
  it('are those of the library, because both derive from the same rows', () => {
    expectTypeOf<Method>().toEqualTypeOf<Surface[keyof Surface]['library']>();
    expectTypeOf<OtherInputs[Method]>().toBeNever();
    expectTypeOf<OtherResults[Method]>().toEqualTypeOf<'login'>();
    expectTypeOf<Awaited<ReturnType<Client['login']>>['token']>().toEqualTypeOf<string | undefined>();
  });

  it('say what is required, what is optional, and what does not exist', () => {
    expectTypeOf<Parameters<Client['registerUser']>['length']>().toEqualTypeOf<1 | 2>();
    expectTypeOf<Parameters<Client['listTrades']>['length']>().toEqualTypeOf<0 | 1 | 2>();
    expectTypeOf<Parameters<Client['logout']>['length']>().toEqualTypeOf<0 | 1 | 2>();
    expectTypeOf(typed).returns.resolves.toEqualTypeOf<string[]>();
  });
});

/** Never called. The marked calls must not compile. */
async function typed(client: Client): Promise<string[]> {
  const card = await client.addCard({ name: 'Ace', idempotencyKey: 'once' });
  const trade = await client.recordTrade({ cardId: card.id, recipient: { username: 'bob' }, idempotencyKey: 'k' });
  const page = await client.listTrades({ direction: 'sent', limit: 1 });
  // @ts-expect-error a name is needed
  await client.addCard({});
  // @ts-expect-error there is no such key
  await client.addCard({ name: 'Ace', colour: 'red' });
  // @ts-expect-error there is no key at all
  await client.logout({ token: 'x' });
  // @ts-expect-error only what the table calls idempotent takes a key
  await client.registerUser({ email: 'a@b.c', username: 'ann', name: 'Ann', password: 'p', idempotencyKey: 'k' });
  // @ts-expect-error the client sends its own token
  await client.listTrades({ token: 'x' });
  // @ts-expect-error there is no such direction
  await client.listTrades({ direction: 'lost' });
  return [card.ownerId, trade.recipient.username, page.latest, String(page.next)];
}
