import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Adds a store named `scratch` to a copy of the project, by the list of CONTRIBUTING.md. Its adapter is that of memory
// under another name, without copying.

const root = mkdtempSync(join(tmpdir(), 'tradepost-adding-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const COPIED = ['src', 'docs/contract.md', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const COPIED_TESTS = [
  'contract/run-conformance.ts',
  'contract/run-archive-conformance.ts',
  'contract/watch-ahead.ts',
  'main/stores.test.ts',
];

const CONTRACT_TEST = `
import { scratch } from '../../src/adapters/driven/scratch/index.js';
import { runConformance } from './run-conformance.js';

runConformance(() => scratch());
`;

const ROW = `scratch: {
    form: 'scratch:',
    scheme: /^scratch:/,
    need: null,
    matches: url => url === 'scratch:',
    isPersistent: true,
    identity: url => url,
    load: async () => {
      const { scratch } = await import('../adapters/driven/scratch/index.js');
      return scratch();
    },
  },
`;

const INDEX = `
import type { StorageConnector } from '../../../application/ports/driven/storage.js';
import { scratch as copyable } from './scratch-connector.js';

export function scratch(): StorageConnector {
  const { copying, ...connector } = copyable();
  return connector;
}
`;

const edit = (file: string, change: (text: string) => string): void => {
  const text = readFileSync(join(root, file), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing was changed in ${file}`);
  writeFileSync(join(root, file), changed);
};

function addAdapter(): void {
  const folder = join(root, 'src/adapters/driven/scratch');
  cpSync(join(root, 'src/adapters/driven/memory'), folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const file = join('src/adapters/driven/scratch', name);
    edit(file, text => `${text.replaceAll('memory', 'scratch').replaceAll('Memory', 'Scratch')}\n`);
    renameSync(join(root, file), join(folder, name.replace('memory', 'scratch')));
  }
  writeFileSync(join(folder, 'index.ts'), INDEX);
}

/** The change of each file of the list. */
const STEPS: Readonly<Record<string, () => void>> = {
  'src/adapters/driven/<store>/index.ts': addAdapter,
  'test/contract/<store>.test.ts': () => writeFileSync(join(root, 'test/contract/scratch.test.ts'), CONTRACT_TEST),
  'src/main/stores.ts': () =>
    edit('src/main/stores.ts', text => text.replace('  memory: {\n', `  ${ROW}  memory: {\n`)),
  'package.json': () =>
    edit('package.json', text => {
      const manifest = JSON.parse(text);
      const entry = './dist/adapters/driven/scratch/index';
      manifest.exports['./scratch'] = { types: `${entry}.d.ts`, default: `${entry}.js` };
      return JSON.stringify(manifest);
    }),
  'docs/contract.md': () =>
    edit('docs/contract.md', text =>
      text
        .replace('| `DATABASE_URL` | ', '| `DATABASE_URL` | `scratch:`, ')
        .replace(/^(\| .*`)(, `\/memory`.*storage adapter)/m, '$1, `/scratch`$2'),
    ),
};

interface Outcome {
  readonly status: number;
  readonly output: string;
}

const run = (script: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  new Promise<Outcome>(done => {
    const env = { PATH: process.env.PATH, NO_COLOR: '1', ...variables };
    const child = execFile(process.execPath, [script, ...args], { cwd: root, env }, (_error, stdout, stderr) =>
      done({ status: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });

const compile = () => run(resolve('node_modules/typescript/bin/tsc'), ['-p', 'tsconfig.build.json']);
const runTests = (...files: string[]) =>
  run(resolve('node_modules/vitest/vitest.mjs'), ['run', '--reporter=verbose', ...files]);

/** The names of the tests that failed. */
const failures = (output: string): string[] => [
  ...new Set([...output.matchAll(/^ FAIL {2}\S+ > (?:.* > )?(.*)$/gm)].flatMap(([, name]) => name ?? [])),
];

beforeAll(() => {
  for (const path of COPIED) cpSync(path, join(root, path), { recursive: true });
  for (const path of COPIED_TESTS) cpSync(join('test', path), join(root, 'test', path));
  for (const kind of ['memory', 'embedded', 'postgres', 'mongo']) {
    const file = `test/contract/${kind}.test.ts`;
    cpSync(file, join(root, file));
  }
  writeFileSync(join(root, 'vitest.config.ts'), 'export default {};\n');
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
});

describe('adding a store', () => {
  it('takes the files that CONTRIBUTING.md lists', () => {
    const section =
      /^## To add a storage adapter\n(.*?)^## /ms.exec(readFileSync('CONTRIBUTING.md', 'utf8'))?.[1] ?? '';
    const listed = [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, path]) => path);
    expect(listed).toEqual(Object.keys(STEPS));
  });

  it('is refused by the tests where an adapter is in no row of the table', async () => {
    STEPS['src/adapters/driven/<store>/index.ts']?.();
    const { output } = await runTests('test/main/stores.test.ts');
    expect(failures(output)).toEqual(['has a row for every adapter that is an entry of the package']);
  });

  it('is refused by the compiler where a row has no adapter, and by the tests where anything else is missing', async () => {
    STEPS['src/main/stores.ts']?.();
    const folder = join(root, 'src/adapters/driven/scratch');
    renameSync(folder, join(root, 'aside'));
    expect((await compile()).output).toContain("Cannot find module '../adapters/driven/scratch/index.js'");
    renameSync(join(root, 'aside'), folder);
    const { output } = await runTests('test/main/stores.test.ts');
    expect(failures(output)).toEqual([
      'scratch is exported by package.json',
      'scratch is tested by test/contract',
      'scratch is described by docs/contract.md',
    ]);
  });

  it('is complete with all of them: it compiles, follows the rules and passes the suite', async () => {
    for (const path of ['test/contract/<store>.test.ts', 'package.json', 'docs/contract.md']) STEPS[path]?.();
    expect(await compile()).toMatchObject({ status: 0, output: '' });
    const { status, output } = await runTests('test/main/stores.test.ts', 'test/contract/scratch.test.ts');
    expect(failures(output)).toEqual([]);
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining('races: ') });
    expect(await brokenRules()).toEqual([]);
  });

  it('makes it a store of the command line, which refuses to copy one that does not support it in one line', async () => {
    const cli = join(root, 'dist/main/cli.js');
    expect(await run(cli, ['doctor'], { DATABASE_URL: 'scratch:', CONSOLE: 'off' })).toMatchObject({
      status: 0,
      output: expect.stringContaining('ok       storage: scratch: '),
    });
    for (const [from, to, option] of [
      ['scratch:', 'file:other', '--from'],
      ['file:other', 'scratch:', '--to'],
    ] as const) {
      expect(await run(cli, ['copy', '--from', from, '--to', to])).toEqual({
        status: 1,
        output: `tradepost: ${option} (scratch): This store cannot be copied: its adapter does not support copying.\n`,
      });
    }
  });
});

async function brokenRules(): Promise<string[]> {
  const { forbidden = [], options } = await extractDepcruiseConfig(resolve('.dependency-cruiser.mjs'));
  const { output } = await cruise(['src'], { ...options, baseDir: root, ruleSet: { forbidden }, validate: true });
  if (typeof output === 'string') throw new Error('expected a result, not a report');
  expect(output.summary.totalCruised).toBeGreaterThan(100);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}
