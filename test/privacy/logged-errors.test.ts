import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Calls of loggers, up to the end of the statement. */
const CALL = /\blogger\.(?:trace|debug|info|warn|error|fatal)\([\s\S]*?\);/g;

it('every error that a logger gets is redacted', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));
  const calls = files.flatMap(path => readFileSync(join('src', path), 'utf8').match(CALL) ?? []);
  const withError = calls.filter(call => /\berr(?:or)?\b\s*[:,}]|\bcause\b/.test(call));
  expect(calls.length).toBeGreaterThan(5);
  expect(withError.length).toBeGreaterThan(2);
  expect(withError.filter(call => !/\berr: redactError\(\w+\)/.test(call))).toEqual([]);
});
