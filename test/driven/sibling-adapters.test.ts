import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'src/adapters/driven';

/** The embedded database reuses this file of the PostgreSQL adapter, so MongoDB has no counterpart. */
const REUSED = 'connector';

/** The topics of a store's files: `postgres-trade-log.ts` has the topic `trade-log`. */
const topicsOf = (store: string): string[] =>
  readdirSync(join(FOLDER, store)).flatMap(file => new RegExp(`^${store}-(.*)\\.ts$`).exec(file)?.[1] ?? []);

/** The public methods of the classes in a file, in order. */
const methodsOf = (store: string, topic: string): string[] => {
  const source = readFileSync(join(FOLDER, store, `${store}-${topic}.ts`), 'utf8');
  return [...source.matchAll(/^ {2}(?:async )?(?!constructor\b)(\w+)(?:<\w+>)?\((?:[^;{]|\{[^}\n]*\})*\{$/gm)].flatMap(
    ([, name]) => name ?? [],
  );
};

// Somebody who knows one adapter finds everything in the other.
it('the adapters of PostgreSQL and MongoDB have the same files, and the same methods in the same order', () => {
  const topics = topicsOf('postgres').filter(topic => topic !== REUSED);
  expect(topics.length).toBeGreaterThanOrEqual(7);
  expect(topicsOf('mongo')).toEqual(topics);
  expect(methodsOf('postgres', 'session-repository')).toHaveLength(7);
  for (const topic of topics.filter(name => name !== 'storage')) {
    expect(methodsOf('mongo', topic), topic).toEqual(methodsOf('postgres', topic));
  }
});
