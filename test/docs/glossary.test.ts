import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const [defined = '', retired = ''] = readFileSync('docs/glossary.md', 'utf8').split('\n## Words that are not used\n');

/** The cells of each row of a table, without the heading. */
const rowsOf = (page: string): string[][] =>
  [...page.matchAll(/^\| (.*) \|$/gm)].slice(1).map(([, row = '']) => row.split(' | ').map(cell => cell.trim()));

const words = rowsOf(defined).map(([word = '']) => word);

interface RetiredWord {
  readonly word: string;
  /** Whether the word is only refused at the start of a comment. */
  readonly isFirst: boolean;
}

const retiredWords: readonly RetiredWord[] = rowsOf(retired).flatMap(([cell = '']) => {
  const isFirst = cell.endsWith(' (first word of a comment)');
  return cell
    .replace(/ \(.*$/, '')
    .split(', ')
    .map(word => ({ word, isFirst }));
});

/** Comments in TypeScript. In a string a double slash follows a colon and not a space. */
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/gm;

const isUsed = ({ word, isFirst }: RetiredWord, comment: string): boolean =>
  (isFirst ? new RegExp(`^[/*\\s]*${word}\\b`) : new RegExp(`\\b${word}\\b`, 'i')).test(comment);

/** The retired words in the comments of a file, each with its line. */
function findRetired(file: string): string[] {
  const code = readFileSync(file, 'utf8');
  return [...code.matchAll(COMMENT)].flatMap(({ 0: comment, index }) =>
    retiredWords
      .filter(each => isUsed(each, comment))
      .map(({ word }) => `${file}:${code.slice(0, index).split('\n').length}: ${word}`),
  );
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file));

describe('the glossary', () => {
  it('has each word once, in alphabetical order, and none of the retired ones', () => {
    expect(words.length).toBeGreaterThan(30);
    expect(words).toEqual([...new Set(words)].sort());
    expect(retiredWords.length).toBeGreaterThan(20);
    expect(words.filter(word => retiredWords.some(each => each.word === word))).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const known = ['src', ...filesIn('src')].join('\n');
    const named = rowsOf(defined).flatMap(([, , see = '']) =>
      [...see.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(path => !known.includes(`/${path}`))).toEqual([]);
  });
});

describe('the comments of src', () => {
  it('have none of the retired words', () => {
    const files = filesIn('src');
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(findRetired)).toEqual([]);
  });

  const plant = (code: string): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-glossary-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'planted.ts');
    writeFileSync(file, code);
    expect(existsSync(file)).toBe(true);
    return findRetired(file).map(found => found.replace(`${folder}/`, ''));
  };

  it.each(retiredWords)('are caught with $word', ({ word, isFirst }) => {
    const sentence = isFirst ? `${word} the value.` : `Here is ${word} in a sentence.`;
    expect(plant(`export const one = 1;\n/** ${sentence} */\nexport const two = 2;\n`)).toEqual([
      `planted.ts:2: ${word}`,
    ]);
    expect(plant(`export const one = 1;\n\n// ${sentence}\n`)).toEqual([`planted.ts:3: ${word}`]);
    expect(plant(`/**\n * ${sentence}\n */\n`)).toEqual([`planted.ts:1: ${word}`]);
  });

  it('are distinguished from code and strings, and words from longer words', () => {
    expect(
      plant("const room = 'ask whoever holds https://hint.example.org/ //x';\n// A placeholder of the task.\n"),
    ).toEqual([]);
    expect(plant('// The server Answers in order.\n')).toEqual([]);
  });
});
