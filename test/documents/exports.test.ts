import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

const programs = inject('typescript5');

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'tradepost-exports-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

/** TypeDoc reads all of the sources, on two cores beside other tests. */
const PATIENCE = 300_000;
const CONFIG = resolve('typescript-5/typedoc.config.mjs');

/** What TypeDoc found in a source: exported names without documentation, as `name (kind)`. */
async function undocumented(config = CONFIG): Promise<{ names: string[]; other: string[] }> {
  const out = folder();
  const args = ['--options', config, '--json', join(out, 'api.json')];
  const { stdout, stderr } = await promisify(execFile)(join(programs ?? '', 'typedoc'), args, {
    maxBuffer: 10_000_000,
  });
  const lines = `${stdout}${stderr}`
    .split('\n')
    .filter(line => line.includes('[warning]') && !line.includes('Found 0 errors'));
  const found = lines.map(
    line => /\[warning\]\S* (\S+ \(\w+\)), (?:defined in .*, )?does not have any documentation/.exec(line)?.[1],
  );
  // Members of types without a name are described by the type that has them.
  const names = found.filter((name): name is string => name !== undefined && !name.includes('__type'));
  return { names, other: lines.filter((_line, index) => found[index] === undefined) };
}

describe.skipIf(programs === null)('what the package exports', () => {
  it(
    'is documented: every export, and every member of it',
    async () => {
      expect(await undocumented()).toEqual({ names: [], other: [] });
    },
    PATIENCE,
  );

  it(
    'would be found not to be documented',
    async () => {
      const directory = folder();
      const entry = join(directory, 'entry.ts');
      writeFileSync(entry, '/** Text. */\nexport interface Shown { hidden: string }\nexport const bare = 1;\n');
      const tsconfig = join(directory, 'tsconfig.json');
      writeFileSync(tsconfig, JSON.stringify({ files: [entry] }));
      const options = `{ ...base, entryPoints: [${JSON.stringify(entry)}], tsconfig: ${JSON.stringify(tsconfig)} }`;
      const config = join(directory, 'typedoc.config.mjs');
      writeFileSync(config, `import base from ${JSON.stringify(CONFIG)};\nexport default ${options};\n`);
      const { names } = await undocumented(config);
      expect(names).toEqual(['Shown.hidden (Property)', 'bare (Variable)']);
    },
    PATIENCE,
  );

  it(
    'shows text where an editor hovers: methods and arguments of library and client',
    () => {
      interface QuickInfo {
        readonly documentation?: readonly { readonly text: string }[];
      }
      const ts = createRequire(resolve('typescript-5/package.json'))('typescript') as {
        createLanguageService(host: object): {
          getQuickInfoAtPosition(file: string, position: number): QuickInfo | undefined;
        };
        ScriptSnapshot: { fromString(text: string): object };
        sys: object;
        getDefaultLibFilePath(options: object): string;
      };
      const file = resolve('test/documents/hovered.ts');
      const text = `
import type { Tradepost } from '../../dist/index.js';
import type { Client } from '../../dist/adapters/client/index.js';
declare const tradepost: Tradepost;
declare const client: Client;
await tradepost.recordTrade({ token: '', cardId: '', recipient: { username: '' }, idempotencyKey: '' });
await tradepost.login({ username: '', password: '', userAgent: '' });
await client.recordTrade({ cardId: '', recipient: { username: '' } });
const page = await client.listTrades({ direction: 'sent' });
const user = (await client.login({ username: '', password: '' })).user.createdAt;
console.log(page.latest, page.items[0]?.cardName, user);
`;
      const read = (name: string): string => (name === file ? text : readFileSync(name, 'utf8'));
      const service = ts.createLanguageService({
        ...ts.sys,
        useCaseSensitiveFileNames: () => true,
        getCompilationSettings: () => ({ module: 199, moduleResolution: 99, target: 10, strict: true, types: [] }),
        getScriptFileNames: () => [file],
        getScriptVersion: () => '1',
        getScriptSnapshot: (name: string) => ts.ScriptSnapshot.fromString(read(name)),
        getCurrentDirectory: () => resolve(),
        getDefaultLibFileName: (options: object) => ts.getDefaultLibFilePath(options),
      });
      const hover = (line: string, word: string): string => {
        const start = text.indexOf(line);
        expect(start, line).toBeGreaterThan(0);
        const info = service.getQuickInfoAtPosition(file, text.indexOf(word, start));
        return (info?.documentation ?? []).map(part => part.text).join('');
      };
      expect(hover('await tradepost.recordTrade', 'recordTrade')).toMatch(
        /^Hands one card of the caller to another user/,
      );
      expect(hover('await tradepost.recordTrade', 'token')).toMatch(/./);
      expect(hover('await tradepost.recordTrade', 'cardId')).toMatch(/^The id of the card to give/);
      expect(hover('await tradepost.recordTrade', 'username')).toMatch(/username/);
      expect(hover('await tradepost.recordTrade', 'idempotencyKey')).toMatch(/255/);
      expect(hover('await tradepost.login', 'login')).toMatch(/^Opens a new session/);
      expect(hover('await tradepost.login', 'password')).toMatch(/128/);
      expect(hover('await client.recordTrade', 'recordTrade')).toMatch(/^Hands one card/);
      expect(hover('await client.recordTrade', 'cardId')).toMatch(/^The id of the card to give/);
      expect(hover('const page', 'direction')).toMatch(/sent/);
      expect(hover('page.latest', 'latest')).toMatch(/newest trade/);
      expect(hover('page.items', 'cardName')).toMatch(/name of the card/);
      expect(hover('.user.createdAt', 'createdAt')).toMatch(/RFC 3339/);
    },
    PATIENCE,
  );
});
