import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'src/adapters/driven';

/** The embedded database is PostgreSQL opened otherwise, so that one has a file for what comes behind the opening. */
const REUSED = 'connector';

/** What the files of a store's own are about: `postgres-trade-log.ts` is about `trade-log`. */
const topicsOf = (store: string): string[] =>
  readdirSync(join(FOLDER, store)).flatMap(file => new RegExp(`^${store}-(.*)\\.ts$`).exec(file)?.[1] ?? []);

/** The public methods of the classes in a file, in the order they stand there. */
const methodsOf = (store: string, topic: string): string[] => {
  const source = readFileSync(join(FOLDER, store, `${store}-${topic}.ts`), 'utf8');
  return [...source.matchAll(/^ {2}(?:async )?(?!constructor\b)(\w+)(?:<\w+>)?\([^;]*\{$/gm)].flatMap(
    ([, name]) => name ?? [],
  );
};

// Who knows one of them finds everything in the other at once; that is worth more than any list of differences.
it('the adapters of PostgreSQL and MongoDB have the same files, and the same methods in the same order', () => {
  const topics = topicsOf('postgres').filter(topic => topic !== REUSED);
  expect(topics.length).toBeGreaterThanOrEqual(7);
  expect(topicsOf('mongo')).toEqual(topics);
  expect(methodsOf('postgres', 'session-repository')).toHaveLength(7);
  for (const topic of topics.filter(name => name !== 'storage')) {
    expect(methodsOf('mongo', topic), topic).toEqual(methodsOf('postgres', topic));
  }
});
