import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as tradepost from '../../src/index.js';
import { SchemaOutdated, STORAGE_ERROR_CODES, StorageError } from '../../src/index.js';

const codeOf = (name: string): string => name.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase();

/** The exported subclasses of `StorageError`, by the code that their name stands for. */
const classes = new Map(
  Object.entries(tradepost).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof StorageError ? [[codeOf(name), name]] : [],
  ),
);

describe('errors of stores', () => {
  it('have one exported class for each code, named like it', () => {
    expect([...classes.keys()].sort()).toEqual([...STORAGE_ERROR_CODES].sort());
    const source = readFileSync('src/application/ports/driven/storage-errors.ts', 'utf8');
    for (const [code, name] of classes) {
      expect(source).toContain(`export class ${name} extends StorageError {\n  readonly code = '${code}';`);
    }
  });

  it('are listed in docs/contract.md, each with its class', () => {
    const [, table = ''] =
      /^<!-- table: storage errors -->\n(.*?)<!-- end -->/ms.exec(readFileSync('docs/contract.md', 'utf8')) ?? [];
    const listed = [...table.matchAll(/^\| `(\w+)` \| `(\w+)` \| /gm)].map(([, code, name]) => [code, name]);
    expect(listed).toEqual(STORAGE_ERROR_CODES.map(code => [code, classes.get(code)]));
  });

  it('are errors with a code, the name of their class and a message for people', () => {
    const error = new SchemaOutdated(['0002-next']);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'schema_outdated', name: 'SchemaOutdated', pending: ['0002-next'] });
    expect(error.message).toBe('The database lacks the migrations 0002-next. Run `tradepost migrate` to apply them.');
  });
});

/** Files that throw an error without a code, to report a defect. */
const WITHOUT_CODE = [
  'src/adapters/driven/memory/memory-archive.ts',
  'src/adapters/driven/mongo/record-trade-transaction.ts',
];

it('adapters of stores and commands throw no other error without a code', () => {
  const files = ['src/adapters/driven', 'src/main'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file => join(folder, file)),
  );
  const throwing = files
    .filter(file => file.endsWith('.ts'))
    .flatMap(file => [...readFileSync(file, 'utf8').matchAll(/throw new Error\(/g)].map(() => file));
  expect(throwing.sort()).toEqual(WITHOUT_CODE);
});
