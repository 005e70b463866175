import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoreKind } from '../../src/main/stores.js';
import { isSameStore, loadConnector, parseStoreUrl, STORES } from '../../src/main/stores.js';

/** Those with an adapter of Tradepost's. `module` has other people's: test/main/module-store.test.ts. */
const KINDS = (Object.keys(STORES) as StoreKind[]).filter(kind => kind !== 'module');
const ADAPTERS = 'src/adapters/driven';

// These tests report what is missing for a new store. CONTRIBUTING.md has the list, and `adding-a-store.test.ts` follows
// it.
describe('the table of stores', () => {
  it('has a row for every adapter that is an entry of the package', () => {
    const adapters = readdirSync(ADAPTERS).filter(name => existsSync(join(ADAPTERS, name, 'index.ts')));
    expect([...KINDS].sort()).toEqual(adapters.sort());
  });

  it.each(KINDS)('%s is exported by package.json', kind => {
    const entry = `./dist/adapters/driven/${kind}/index`;
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(exports[`./${kind}`]).toEqual({ types: `${entry}.d.ts`, default: `${entry}.js` });
  });

  it.each(KINDS)('%s is tested by test/contract', async kind => {
    const file = `test/contract/${kind}.test.ts`;
    const source = existsSync(file) ? readFileSync(file, 'utf8') : `${file} is missing`;
    expect(source).toContain('runConformance(');
    const { copying } = await loadConnector({ kind, url: EXAMPLES[kind] ?? '', directory: null }, { poolSize: 1 });
    if (copying) expect(source).toContain('runArchiveConformance(');
  });

  it.each(KINDS)('%s is described by docs/contract.md', kind => {
    const contract = readFileSync('docs/contract.md', 'utf8');
    const [scheme] = STORES[kind].form.split(':');
    expect(contract).toMatch(new RegExp(`^\\| \`DATABASE_URL\` \\|.*\`${scheme}:`, 'm'));
    expect(contract).toMatch(new RegExp(`^\\| .*\`(?:tradepost)?/${kind}\`.*\\| .*storage adapter`, 'm'));
  });
});

/** URLs for making connectors, which connect to nothing yet. */
const EXAMPLES: Readonly<Record<string, string>> = {
  postgres: 'postgres://db/cards',
  mongo: 'mongodb://db/cards',
  embedded: 'file:data',
};

describe('a URL of a store', () => {
  it.each([
    ['postgres://ann:secret@db/cards', 'postgres', null],
    ['postgresql://db', 'postgres', null],
    ['mongodb://ann:p%40w@a:27017,b:27018/cards?replicaSet=x', 'mongo', null],
    ['mongodb+srv://cluster.example', 'mongo', null],
    ['file:/var/lib/cards', 'embedded', '/var/lib/cards'],
    ['memory:', 'memory', null],
    ['module:./my-store.js?file=cards.db', 'module', null],
    ['module:@scope/my-store', 'module', null],
  ])('%s names a store of the kind %s', (url, kind, directory) =>
    expect(parseStoreUrl(url)).toEqual({ kind, url, directory }),
  );

  it.each([
    'mysql://db/cards',
    'postgres:db',
    'postgres://db:x/cards',
    'mongodb://',
    'mongodb:///cards',
    'mongodb+srv://a,b/cards',
    'file:',
    'memory',
    'memory:x',
    'module:',
    'module:?file=cards.db',
    '',
  ])('%s names none', url => expect(parseStoreUrl(url)).toBeNull());
});

describe('one store under two URLs', () => {
  const same = (one: string, other: string) => {
    const [a, b] = [parseStoreUrl(one), parseStoreUrl(other)];
    return a !== null && b !== null && isSameStore(a, b);
  };

  it.each([
    ['postgres://ann:secret@db/cards', 'postgresql://bob@DB:5432/cards?sslmode=require', true],
    ['postgres://db/cards', 'postgres://db:5433/cards', false],
    ['postgres://db/cards', 'postgres://db/other', false],
    ['mongodb://a,b:27017/cards', 'mongodb://u:p@B,A:27017/cards?replicaSet=x', true],
    ['mongodb://a', 'mongodb://a/tradepost', true],
    ['mongodb://a/cards', 'mongodb://a/tradepost', false],
    ['mongodb://a/cards', 'postgres://a/cards', false],
    ['file:data', 'file:./data/', true],
    ['file:data', 'file:data2', false],
    ['module:./a.js', 'module:./b/../a.js', true],
    ['module:./a.js?file=1', 'module:./a.js?file=2', false],
    ['module:my-store', 'module:./my-store', false],
  ])('%s and %s: %s', (one, other, expected) => expect(same(one, other)).toBe(expected));

  it('is recognised through symbolic links', () => {
    const root = mkdtempSync(join(tmpdir(), 'tradepost-same-'));
    mkdirSync(join(root, 'data'));
    symlinkSync(join(root, 'data'), join(root, 'link'));
    expect(same(`file:${join(root, 'data')}`, `file:${join(root, 'link')}`)).toBe(true);
    rmSync(root, { recursive: true });
  });
});
