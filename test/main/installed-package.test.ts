import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Need } from '../../src/peers/peers.js';
import { NEEDS } from '../../src/peers/peers.js';
import type { Size } from '../support/installed.js';
import { install, measure } from '../support/installed.js';
import { pack } from '../support/project.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-installed-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const peersOf = (...needs: readonly Need[]): string[] => [...new Set(needs.flatMap(need => NEEDS[need]))].sort();

/** What the table of `docs/sizes.md` has. */
const USES: Readonly<Record<string, readonly string[]>> = {
  'the client': [],
  'library in memory, fetch': peersOf('createTradepost', 'tradepost/fetch'),
  'library on PostgreSQL, http': peersOf('createTradepost', 'tradepost/postgres', 'tradepost/http'),
  'server on PostgreSQL': peersOf('the command', 'tradepost/postgres'),
  'server on the embedded database': peersOf('the command', 'tradepost/embedded'),
  'server on any store': peersOf('the command', 'tradepost/embedded', 'tradepost/postgres', 'tradepost/mongo'),
};

const CLIENT = 'the client';
const ALL = 'server on any store';
const ON_POSTGRES = 'server on PostgreSQL';
const folder = (use: string): string => join(root, use.replace(/\W+/g, '-'));
const command = (peers: readonly string[]): string => ['npm install tradepost', ...peers].join(' ');

describe.skipIf(inject('registry') === null)('the package, installed from the registry with its peers', () => {
  const sizes = new Map<string, Size>();

  beforeAll(async () => {
    const archive = pack(root);
    for (const [use, peers] of Object.entries(USES)) {
      await install(folder(use), [archive, ...peers]);
      sizes.set(use, measure(folder(use)));
    }
  }, 300_000);

  it('has the sizes of docs/sizes.md, within 10 %', () => {
    const row = (use: string, packages: string, megabytes: string): string =>
      `| ${use} | ${packages} | ${megabytes} | \`${command(USES[use] ?? [])}\` |`;
    const table = [...sizes].map(([use, { packages, megabytes }]) => row(use, `${packages}`, megabytes.toFixed(1)));
    const page = readFileSync('docs/sizes.md', 'utf8');
    const published = [...page.matchAll(/^\| ([^|]+) \| (\d+) \| ([\d.]+) \| `([^`]+)` \|$/gm)];
    const actual = `docs/sizes.md should have\n${table.join('\n')}`;
    expect(
      published.map(([, use, , , line]) => [use, line]),
      actual,
    ).toEqual(Object.entries(USES).map(([use, peers]) => [use, command(peers)]));
    for (const [, use = '', packages, megabytes] of published) {
      const size = sizes.get(use);
      expect(Math.abs((size?.packages ?? 0) / Number(packages) - 1), `${use}\n${actual}`).toBeLessThan(0.1);
      expect(Math.abs((size?.megabytes ?? 0) / Number(megabytes) - 1), `${use}\n${actual}`).toBeLessThan(0.1);
    }
  });

  it('is one package of less than 3 MB for the client', () => {
    expect(sizes.get(CLIENT)?.packages).toBe(1);
    expect(sizes.get(CLIENT)?.megabytes).toBeLessThan(3);
  });

  it('is small where embedded: nothing that its subpaths do not use', () => {
    expect(sizes.get('library on PostgreSQL, http')?.packages).toBeLessThan(45);
  });

  describe('with every version of TypeScript that is supported', () => {
    const compilers = join(root, 'compilers');
    const versions = ['5.9', '6', '7'];
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
    const subpaths = Object.keys(exports).filter(key => key !== './package.json');

    beforeAll(async () => {
      await install(
        compilers,
        versions.map(version => `typescript-${version}@npm:typescript@${version}`),
      );
      // After they were measured.
      await install(folder(ALL), ['@types/node@20']);
      await install(folder(ON_POSTGRES), ['@types/node@20', '@types/pg']);
    }, 300_000);

    /** Returns what the compiler reports: nothing where all is well. */
    async function compile(version: string, directory: string, code: string, options: object): Promise<string> {
      writeFileSync(join(directory, 'main.ts'), code);
      const compilerOptions = { target: 'es2023', strict: true, skipLibCheck: false, noEmit: true, ...options };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
      const compiler = join(compilers, 'node_modules', `typescript-${version}`, 'bin/tsc');
      return promisify(execFile)(process.execPath, [compiler, '-p', '.'], { cwd: directory }).then(
        ({ stdout }) => stdout,
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
    }

    const BROWSER = { lib: ['es2023', 'dom'], types: [] };
    const NODE = { module: 'nodenext', types: ['node'] };

    it.each(versions)('TypeScript %s: the client compiles without a package, @types/node included', async version => {
      const code = `
        import { type Client, createClient, type Trade } from 'tradepost/client';
        const client: Client = createClient({ url: '/api' });
        const { id: cardId } = await client.addCard({ name: 'Dragon' });
        const trade: Trade = await client.recordTrade({ cardId, recipient: { username: 'bob' } });
        client.watchTrades(({ cardName }, cursor) => console.log(cardName.length, cursor.length, trade.id));
        // @ts-expect-error a name is text: it would be anything, if a type were missing
        await client.addCard({ name: 1 });
        export {};`;
      const bundler = { ...BROWSER, module: 'esnext', moduleResolution: 'bundler' };
      expect(await compile(version, folder(CLIENT), code, bundler)).toBe('');
      expect(await compile(version, folder(CLIENT), code, { ...BROWSER, module: 'nodenext' })).toBe('');
    });

    it.each(versions)('TypeScript %s: every subpath compiles, with @types/node alone', async version => {
      const code = subpaths.map((path, index) => `export * as at${index} from '${path.replace('.', 'tradepost')}';`);
      expect(subpaths.length).toBeGreaterThan(12);
      expect(await compile(version, folder(ALL), code.join('\n'), NODE)).toBe('');
    });

    it.each(versions)('TypeScript %s: a pool of @types/pg is one', async version => {
      const code = `
        import pg from 'pg';
        import { postgres } from 'tradepost/postgres';
        postgres({ pool: new pg.Pool() });
        // @ts-expect-error a client is not a pool
        postgres({ pool: new pg.Client() });`;
      expect(await compile(version, folder(ON_POSTGRES), code, NODE)).toBe('');
    });

    it('sees what is missing: without zod, the operations table does not compile', async () => {
      const code = `export * from 'tradepost/operations';`;
      expect(await compile('7', folder(CLIENT), code, { ...BROWSER, module: 'nodenext' })).toContain("module 'zod'");
    });
  });
});
