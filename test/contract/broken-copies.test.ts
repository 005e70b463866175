import { AssertionError } from 'node:assert';
import pg from 'pg';
import { afterEach, expect, inject, it } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { storageConformance } from '../../src/testing/index.js';
import { brokenCopies } from './broken-copies.js';

// Passing the suite proves something only if broken adapters fail it. Each copy of the PostgreSQL adapter here has one
// flaw, which the case about it has to detect.

const SCHEMA = 'broken';

/** A pool that changes the text of statements. `applied` has the pieces that were found. */
function breakingPool(replace: readonly (readonly [string, string])[]) {
  const applied = new Set<string>();
  const breakText = (text: string): string =>
    replace.reduce((statement, [piece, by]) => {
      if (statement.includes(piece)) applied.add(piece);
      return statement.replaceAll(piece, by);
    }, text);
  class BreakingClient extends pg.Client {
    override query(...args: never[]): never {
      const [config, ...rest] = args as unknown as [string | { text: string }, ...unknown[]];
      const changed =
        typeof config === 'string' ? breakText(config) : Object.assign(config, { text: breakText(config.text) });
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

it.each(brokenCopies)('$flaw: $detectedBy', async ({ replace, breakStorage = intact => intact, detectedBy }) => {
  const { pool, applied } = breakingPool(replace);
  const storage = await postgres({ pool, schema: SCHEMA }).open();
  try {
    const failure = await findFirstFailure(breakStorage(storage));
    expect([...applied].sort()).toEqual(replace.map(([piece]) => piece).sort());
    expect(failure?.name).toContain(detectedBy);
    // An assertion failed; the changed statement itself is valid.
    expect(failure?.error).toBeInstanceOf(AssertionError);
  } finally {
    await storage.close();
    await pool.end();
  }
});

async function findFirstFailure(storage: Parameters<(typeof storageConformance)[number]['run']>[0]) {
  for (const { name, run } of storageConformance) {
    try {
      await run(storage);
    } catch (error) {
      return { name, error };
    }
  }
  return null;
}
