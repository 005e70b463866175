import { AssertionError } from 'node:assert';
import pg from 'pg';
import { afterEach, expect, inject, it } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { storageConformance } from '../../src/testing/index.js';
import { brokenCopies } from './broken-copies.js';

// A suite that an adapter passes says something only if one that is wrong does not. Each copy of the PostgreSQL adapter
// here has one flaw, and has to be noticed by the very case that is about it.

const SCHEMA = 'broken';

/** A pool whose statements are changed on their way; `applied` has the pieces that were found in one. */
function breakingPool(replace: readonly (readonly [string, string])[]) {
  const applied = new Set<string>();
  const broken = (text: string): string =>
    replace.reduce((statement, [piece, by]) => {
      if (statement.includes(piece)) applied.add(piece);
      return statement.replaceAll(piece, by);
    }, text);
  class BreakingClient extends pg.Client {
    override query(...args: never[]): never {
      const [config, ...rest] = args as unknown as [string | { text: string }, ...unknown[]];
      const changed = typeof config === 'string' ? broken(config) : { ...config, text: broken(config.text) };
      return super.query(...([changed, ...rest] as unknown as [string])) as never;
    }
  }
  const config = {
    connectionString: inject('postgresUrl'),
    max: 10,
    options: '-c TimeZone=UTC',
    Client: BreakingClient,
  };
  return { pool: new pg.Pool(config as pg.PoolConfig), applied };
}

afterEach(async () => {
  const client = new pg.Client(inject('postgresUrl'));
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await client.end();
});

it.each(brokenCopies)('$flaw: $noticedBy', async ({ replace, noticedBy }) => {
  const { pool, applied } = breakingPool(replace);
  const storage = await postgres({ pool, schema: SCHEMA }).open();
  try {
    const noticed = await firstFailure(storage);
    expect([...applied].sort()).toEqual(replace.map(([piece]) => piece).sort());
    expect(noticed?.name).toContain(noticedBy);
    // Not a statement that the change made no sense of.
    expect(noticed?.error).toBeInstanceOf(AssertionError);
  } finally {
    await storage.close();
    await pool.end();
  }
});

async function firstFailure(storage: Parameters<(typeof storageConformance)[number]['run']>[0]) {
  for (const { name, run } of storageConformance) {
    try {
      await run(storage);
    } catch (error) {
      return { name, error };
    }
  }
  return null;
}
