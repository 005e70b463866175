import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/adapters/driving/operations/index.js';
import { operations } from '../../src/adapters/driving/operations/index.js';

const rows = Object.entries(operations) as [string, Operation][];

/** The contract's table, as it is published. */
const CONTRACT = {
  'users.register': ['registerUser', 'POST /register 201', 'anyone'],
  'sessions.login': ['login', 'POST /login 200', 'anyone'],
  'sessions.logout': ['logout', 'POST /logout 204', 'session'],
  'sessions.list': ['listSessions', 'GET /sessions 200', 'session'],
  'sessions.revoke': ['revokeSession', 'DELETE /sessions/{id} 204', 'session'],
  'sessions.revokeAll': ['revokeAllSessions', 'DELETE /sessions 204', 'session'],
  'users.me': ['authenticate', 'GET /me 200', 'session'],
  'cards.add': ['addCard', 'POST /cards 201', 'session'],
  'cards.list': ['listCards', 'GET /cards 200', 'session'],
  'trades.record': ['recordTrade', 'POST /trades 201', 'session'],
  'trades.list': ['listTrades', 'GET /trades 200', 'session'],
};

describe('the operations table', () => {
  it('is that of the contract', () => {
    const table = rows.map(([name, { library, route, access }]) => [
      name,
      [library, `${route.method} ${route.path} ${route.status}`, access],
    ]);
    expect(Object.fromEntries(table)).toEqual(CONTRACT);
  });

  it.each(rows)('%s refuses keys it does not know, and says what it takes in a schema', (_name, { input }) => {
    const schema = z.toJSONSchema(input, { io: 'input' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    const parsed = input.safeParse({ surprise: 1 });
    expect(parsed.error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys', keys: ['surprise'] }),
    );
  });

  it.each(rows)('%s is refused for anything that is not an object', (_name, { input }) => {
    for (const value of [null, undefined, 1, 'text', true, [], [{}]])
      expect(input.safeParse(value).success).toBe(false);
  });

  it.each(rows)('%s names the parts of its path among its input', (_name, { input, route }) => {
    const { properties = {} } = z.toJSONSchema(input, { io: 'input' });
    for (const [, key] of route.path.matchAll(/\{(\w+)\}/g)) expect(properties).toHaveProperty(String(key));
  });
});
