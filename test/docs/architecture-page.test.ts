import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('docs/architecture.md', 'utf8');
const DIAGRAM = /```mermaid\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';

interface Import {
  readonly from: string;
  readonly to: string;
}

/** All imports within src, those of types included. */
async function readImports(): Promise<Import[]> {
  const { options } = await extractDepcruiseConfig(resolve('.dependency-cruiser.mjs'));
  const { output } = await cruise(['src'], { ...options, baseDir: process.cwd() });
  if (typeof output === 'string') throw new Error('expected a result, not a report');
  return output.modules.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ resolved }) => resolved.startsWith('src/') && source.startsWith('src/'))
      .map(({ resolved }) => ({ from: source, to: resolved })),
  );
}

/** The paths of a label: `src/{a,b}` is `src/a` and `src/b`. */
function expand(label: string): string[] {
  const [, before = '', list, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(label) ?? [];
  return list === undefined ? [label] : list.split(',').map(part => before + part + after);
}

/** Whether a file is in a folder, is the file itself, or is directly in the folder of `…/*.ts`. */
function covers(path: string, file: string): boolean {
  if (path.endsWith('/*.ts')) return file.startsWith(path.slice(0, -4)) && !file.slice(path.length - 4).includes('/');
  return file === path || file.startsWith(`${path}/`);
}

const readBoxes = (diagram: string): Map<string, string[]> =>
  new Map([...diagram.matchAll(/^\s*(\w+)\["(.+)"\]$/gm)].map(([, id = '', label = '']) => [id, expand(label)]));

/** Each edge as `from -> to`. `a & b --> c & d` is four edges. */
const readEdges = (diagram: string): string[] =>
  [...diagram.matchAll(/^\s*(\w+(?: & \w+)*) --> (\w+(?: & \w+)*)$/gm)].flatMap(([, from = '', to = '']) =>
    from.split(' & ').flatMap(one => to.split(' & ').map(other => `${one} -> ${other}`)),
  );

/** What is wrong with a diagram, one line each. */
function compare(diagram: string, imports: readonly Import[]): string[] {
  const boxes = readBoxes(diagram);
  const edges = readEdges(diagram);
  const boxOf = (file: string): string | undefined =>
    [...boxes].find(([, paths]) => paths.some(path => covers(path, file)))?.[0];
  const actual = new Map<string, Import>();
  const wrong: string[] = [];
  for (const { from, to } of imports) {
    const [one, other] = [boxOf(from), boxOf(to)];
    if (!one || !other) wrong.push(`in no box: ${one ? to : from}`);
    else if (one !== other) actual.set(`${one} -> ${other}`, { from, to });
  }
  for (const [edge, { from, to }] of actual)
    if (!edges.includes(edge)) wrong.push(`missing: ${edge} (${from} imports ${to})`);
  for (const edge of edges) if (!actual.has(edge)) wrong.push(`no import: ${edge}`);
  if (new Set(edges).size < edges.length) wrong.push('an edge occurs twice');
  return wrong;
}

describe('the diagram of docs/architecture.md', async () => {
  const imports = await readImports();

  it('is the only one, and has every arrow that can be read', () => {
    expect([...PAGE.matchAll(/```mermaid/g)]).toHaveLength(1);
    expect([...DIAGRAM.matchAll(/-->/g)]).toHaveLength(
      [...DIAGRAM.matchAll(/^\s*\w+(?: & \w+)* --> \w+(?: & \w+)*$/gm)].length,
    );
    expect(imports.length).toBeGreaterThan(300);
    expect(readBoxes(DIAGRAM).size).toBeGreaterThan(12);
    for (const path of [...readBoxes(DIAGRAM).values()].flat())
      expect(existsSync(path.replace('/*.ts', '')), path).toBe(true);
  });

  it('has an edge for every import between its boxes, and no other edge', () => {
    expect(compare(DIAGRAM, imports)).toEqual([]);
  });

  it('would be wrong without any of its edges', () => {
    const edges = readEdges(DIAGRAM);
    const boxes = DIAGRAM.split('\n').filter(line => !line.includes('-->'));
    for (const edge of edges) {
      const others = edges.filter(other => other !== edge).map(other => other.replace('->', '-->'));
      expect(compare([...boxes, ...others].join('\n'), imports)).toEqual([
        expect.stringContaining(`missing: ${edge} (`),
      ]);
    }
  });

  it('would be wrong with an edge, a box or a file more', () => {
    expect(compare(`${DIAGRAM}  domain --> main\n`, imports)).toEqual(['no import: domain -> main']);
    expect(compare(`${DIAGRAM}  fetch --> web\n`, imports)).toEqual(['an edge occurs twice']);
    const added = [...imports, { from: 'src/domain/card.ts', to: 'src/elsewhere/a.ts' }];
    expect(compare(DIAGRAM, added)).toEqual(['in no box: src/elsewhere/a.ts']);
  });
});

const WALKS = PAGE.split('\n## ').slice(1);

/** Each file of a walk with the word to look for in it, or null. */
const filesOf = (walk: string): [file: string, word: string | null][] =>
  [...walk.matchAll(/`([\w./-]+\.ts)`(?:\s+\(`(\w+)`\))?/g)].map(([, file = '', word = null]) => [file, word]);

/** Files that do not exist, and words that are not in their file. */
const wrongIn = (walk: string): string[] =>
  filesOf(walk).flatMap(([file, word]) => {
    const path = `src/${file}`;
    if (!existsSync(path)) return [`there is no ${file}`];
    const found = word === null || new RegExp(`\\b${word}\\b`).test(readFileSync(path, 'utf8'));
    return found ? [] : [`${file} has no ${word}`];
  });

describe('the walks of docs/architecture.md', () => {
  it('are five', () => {
    expect(WALKS).toHaveLength(5);
  });

  it.each(WALKS.map(walk => [walk.split('\n')[0] ?? '', walk]))('name only files that exist: %s', (_title, walk) => {
    expect(filesOf(walk).length).toBeGreaterThan(8);
    expect(filesOf(walk).filter(([, word]) => word === null)).toEqual([]);
    expect(wrongIn(walk)).toEqual([]);
  });

  it('would be found to name a file or a word that does not exist', () => {
    expect(wrongIn('`domain/session.ts` (`isLive`) and `domain/sessions.ts` (`isLive`)')).toEqual([
      'there is no domain/sessions.ts',
    ]);
    expect(wrongIn('`domain/session.ts` (`wasLive`)')).toEqual(['domain/session.ts has no wasLive']);
  });
});
