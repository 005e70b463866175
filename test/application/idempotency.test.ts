import { expect, it } from 'vitest';
import { parseCardDescription, parseCardName } from '../../src/index.js';
import { wire } from '../support/wire.js';

it('an idempotency key is remembered for a day and can be used again after it', async () => {
  const app = await wire({ session: { lifetime: 10 * 86_400, idleTimeout: null } });
  await app.register('ann');
  const caller = await app.callerOf((await app.logIn('ann')).token);
  const first = await app.card(caller, 'Dragon', 'key');
  app.clock.advance(86_399);
  await app.sweep.execute();
  expect(await app.card(caller, 'Dragon', 'key')).toEqual(first);
  app.clock.advance(1);
  expect(await app.sweep.execute()).toEqual({ sessions: 0, idempotencyRecords: 1, attempts: 0 });
  expect(await app.card(caller, 'Dragon', 'key')).not.toEqual(first);
});

it('a key with another request is a conflict', async () => {
  const app = await wire();
  await app.register('ann');
  const caller = await app.callerOf((await app.logIn('ann')).token);
  await app.card(caller, 'Dragon', 'key');
  await expect(app.card(caller, 'Elf', 'key')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  const described = {
    caller,
    name: parseCardName('Dragon'),
    description: parseCardDescription('x'),
    idempotencyKey: 'key',
  };
  await expect(app.addCard.execute(described)).rejects.toMatchObject({ code: 'idempotency_conflict' });
});
