import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation, OperationName } from '../../src/adapters/driving/operations/index.js';
import { operations, surface } from '../../src/adapters/driving/operations/index.js';
import { compareErrors, compareOperations } from '../support/pages/contract-page.js';

const rows = Object.entries(operations) as [string, Operation][];

describe('docs/contract.md', () => {
  it('has every operation with its ways in, and what it does to the session', () => {
    const { published, actual } = compareOperations();
    expect(published).toEqual(actual);
    expect(published.length).toBeGreaterThan(10);
  });

  it('has every error with its status and number', () => {
    const { published, actual } = compareErrors();
    expect(published).toEqual(actual);
    expect(published.length).toBeGreaterThan(20);
  });
});

describe('the operations table', () => {
  it('has the rows of the surface, in its order', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(surface));
    for (const [name, row] of rows) expect(row).toMatchObject(surface[name as OperationName]);
  });

  it.each(rows)('%s refuses keys it does not know, and says what it takes in a schema', (_name, { input }) => {
    const schema = z.toJSONSchema(input, { io: 'input' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    const parsed = input.safeParse({ surprise: 1 });
    expect(parsed.error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys', keys: ['surprise'] }),
    );
  });

  it.each(rows)('%s refuses everything that is not an object', (_name, { input }) => {
    for (const value of [null, undefined, 1, 'text', true, [], [{}]])
      expect(input.safeParse(value).success).toBe(false);
  });

  it.each(rows)('%s names the parts of its path among its input', (_name, { input, route }) => {
    const { properties = {} } = z.toJSONSchema(input, { io: 'input' });
    for (const [, key] of route.path.matchAll(/\{(\w+)\}/g)) expect(properties).toHaveProperty(String(key));
  });
});
