import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, describe, expect, it } from 'vitest';

const config = await extractDepcruiseConfig(resolve('.dependency-cruiser.mjs'));

async function check(baseDir: string): Promise<ICruiseResult> {
  const { forbidden = [], options } = config;
  const { output } = await cruise(['src'], { ...options, baseDir, ruleSet: { forbidden }, validate: true });
  if (typeof output === 'string') throw new Error('expected a result, not a report');
  return output;
}

const listBrokenRules = ({ summary }: ICruiseResult): string[] => [
  ...new Set(summary.violations.map(({ rule }) => rule.name)),
];

describe('the direction of dependencies', () => {
  it('holds in src', async () => {
    const result = await check(process.cwd());
    // Without modules every rule would hold.
    expect(result.summary.totalCruised).toBeGreaterThan(100);
    expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(300);
    expect(result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });
});

/** For each rule the smallest tree that violates it: an importing file and what it imports. */
const VIOLATIONS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'domain-is-pure': ['src/domain/card.ts', 'node:crypto'],
  'application-knows-ports-and-domain': ['src/application/use-cases/login.ts', 'express'],
  'the-storage-kit-knows-ports-and-domain': ['src/application/storage-kit/a.ts', 'src/application/live/b.ts'],
  'driven-adapters-know-ports-and-the-storage-kit': [
    'src/adapters/driven/memory/a.ts',
    'src/application/use-cases/login.ts',
  ],
  'driven-adapters-do-not-meet-driving-ones': ['src/adapters/driven/memory/a.ts', 'src/adapters/driving/http/b.ts'],
  'driven-adapters-do-not-meet-one-another': ['src/adapters/driven/postgres/a.ts', 'src/adapters/driven/memory/b.ts'],
  'only-embedded-reuses-postgres': ['src/adapters/driven/memory/a.ts', 'src/adapters/driven/postgres/b.ts'],
  'driving-adapters-do-not-meet-driven-ones': ['src/adapters/driving/http/a.ts', 'src/adapters/driven/postgres/b.ts'],
  'driving-adapters-meet-in-operations': ['src/adapters/driving/library/a.ts', 'src/adapters/driving/http/b.ts'],
  'the-container-stays-in-main': ['src/application/use-cases/login.ts', 'inversify'],
  'libraries-of-metrics-and-traces-stay-in-their-adapters': ['src/application/use-cases/login.ts', 'prom-client'],
  'nothing-imports-main': ['src/adapters/driving/http/a.ts', 'src/main/config.ts'],
  'testing-knows-ports-and-domain': ['src/testing/a.ts', 'src/adapters/driven/memory/b.ts'],
  'the-simulation-knows-the-application-and-memory': [
    'src/testing/simulation/a.ts',
    'src/adapters/driven/postgres/b.ts',
  ],
  'no-cycles': ['src/domain/card.ts', 'src/domain/trade.ts'],
  resolvable: ['src/domain/card.ts', './missing.js'],
};

describe('each rule catches a planted violation', () => {
  const trees: string[] = [];
  afterAll(() => {
    for (const tree of trees) rmSync(tree, { recursive: true, force: true });
  });

  function plant(from: string, to: string): string {
    const root = mkdtempSync(join(tmpdir(), 'tradepost-architecture-'));
    trees.push(root);
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    const write = (file: string, text: string) => {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      writeFileSync(join(root, file), text);
    };
    const path = (target: string) => `${'../'.repeat(from.split('/').length - 1)}${target.replace(/\.ts$/, '.js')}`;
    const specifier = to.startsWith('src/') ? path(to) : to;
    write(from, `import type * as planted from '${specifier}';\nexport type Planted = typeof planted;\n`);
    // The other half of the cycle; for the other rules a file without imports.
    const backwards =
      to === 'src/domain/trade.ts' ? `import type * as back from '../../${from.replace(/\.ts$/, '.js')}';\n` : '';
    if (to.startsWith('src/')) write(to, `${backwards}export const nothing = 0;\n`);
    return root;
  }

  it('and none is without one', () => {
    const rules = config.forbidden?.map(({ name }) => name);
    expect(Object.keys(VIOLATIONS).sort()).toEqual(rules?.sort());
  });

  it.each(Object.entries(VIOLATIONS))('%s', async (rule, [from, to]) => {
    expect(listBrokenRules(await check(plant(from, to)))).toContain(rule);
  });
});
