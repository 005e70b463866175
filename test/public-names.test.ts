import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

/** Where a name is declared: `file#name`. */
type Declaration = string;

const DECLARED =
  /^export (?:declare )?(?:abstract )?(?:class|interface|type|enum|function|const|let|var|namespace) (\w+)/;
const LISTED = /^export (?:type )?\{([^}]*)\}(?: from '([^']+)')?;$/;
const ALL = /^export \* (?:as (\w+) )?from '([^']+)';$/;

/** Every name that a declaration file exports, and where each is declared. */
function exportsOf(file: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  const at = (specifier: string): string => resolve(dirname(file), specifier.replace(/\.js$/, '.d.ts'));
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  for (const [statement] of text.matchAll(/^export (?:type )?\{[^}]*\}.*$|^export .*$/gm)) {
    const [, declared] = DECLARED.exec(statement) ?? [];
    const [, names, from] = LISTED.exec(statement) ?? [];
    const [, namespace, all] = ALL.exec(statement) ?? [];
    if (declared !== undefined) found.set(declared, `${file}#${declared}`);
    else if (names !== undefined) {
      const source = from === undefined ? undefined : exportsOf(at(from));
      for (const entry of names.split(',').filter(each => each.trim() !== '')) {
        const [name = '', alias = name] = entry.replace('type ', '').trim().split(' as ');
        found.set(alias, source?.get(name) ?? `${file}#${name}`);
      }
    } else if (all !== undefined && namespace !== undefined) found.set(namespace, `${at(all)}#*`);
    else if (all !== undefined) for (const [name, declaration] of exportsOf(at(all))) found.set(name, declaration);
    else throw new Error(`${file}: cannot read ${statement}`);
  }
  return found;
}

/** Names that two entries export for different things. */
function ambiguous(entries: Readonly<Record<string, string>>): string[] {
  const known = new Map<string, { subpath: string; declaration: Declaration }>();
  const found: string[] = [];
  for (const [subpath, file] of Object.entries(entries)) {
    for (const [name, declaration] of exportsOf(file)) {
      const other = known.get(name);
      if (other && other.declaration !== declaration) found.push(`${name}: ${other.subpath} and ${subpath}`);
      else known.set(name, { subpath, declaration });
    }
  }
  return found;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};
const entries = Object.fromEntries(
  Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [[subpath, resolve(target.types)]],
  ),
);

describe('the names that the package exports', () => {
  it('each mean one thing, whichever subpath they are imported from', () => {
    expect(Object.keys(entries).length).toBeGreaterThan(8);
    expect(exportsOf(entries['.'] ?? '').size).toBeGreaterThan(80);
    expect(exportsOf(entries['./client'] ?? '').get('Watch')).toMatch(/client\/client\.d\.ts#Watch$/);
    expect(ambiguous(entries)).toEqual([]);
  });

  it('would be found to mean two things, if two subpaths declared them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-names-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, `${name}.d.ts`), text);
      return join(folder, `${name}.d.ts`);
    };
    write('shared', 'export interface Same {}\nexport declare class Kept {}\n');
    const one = write('one', "export type { Same } from './shared.js';\nexport interface Limits {\n    one: 1;\n}\n");
    const two = write(
      'two',
      "export * from './shared.js';\nexport type { Limits, Kept as Other } from './three.js';\n",
    );
    write('three', "export type Limits = 2;\nexport type {\n  Kept,\n} from './shared.js';\n");
    expect(ambiguous({ one, two })).toEqual(['Limits: one and two']);
    expect(Object.fromEntries(exportsOf(two))).toMatchObject({ Other: join(folder, 'shared.d.ts#Kept') });
    expect(() => exportsOf(write('other', 'export default 1;\n'))).toThrow('cannot read export default 1;');
  });
});
