import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const PAGE = 'docs/security.md';
const page = readFileSync(PAGE, 'utf8');
const [beforeAsvs = '', asvs = '', nist = ''] = page.split(/^## (?:OWASP ASVS|NIST SP).*$/m);

interface Evidence {
  readonly file: string;
  readonly titles: readonly string[];
}

const FILE =
  /`((?:src|test|docs|compose)\/[\w./-]+|\.?[\w-]+\.(?:[\w.-]*\.)?(?:json|md|mjs|yml)|Dockerfile)`((?: "[^"]+",?)*)/g;

/** Files in backquotes, each with the titles in quotation marks behind it. */
const evidenceIn = (text: string): Evidence[] =>
  [...text.matchAll(FILE)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));

/** Whether a file has a test or a group of tests with this title, a scenario, or a case of a conformance suite. */
function hasTitle(source: string, title: string): boolean {
  const literal = `(['"\`])${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1`;
  const call = `(?:\\b(?:describe|it|test)(?:\\.\\w+)*|\\]?\\))\\(\\s*${literal}\\s*,`;
  return new RegExp(`${call}|\\bname: ${literal.replace('\\1', '\\2')},`).test(source);
}

/** The files and titles that a text names and that do not exist. */
const missingIn = (text: string): string[] =>
  evidenceIn(text).flatMap(({ file, titles }) => {
    if (!existsSync(file)) return [file];
    const missing = titles.filter(title => !hasTitle(readFileSync(file, 'utf8'), title));
    return missing.map(title => `${file}: ${title}`);
  });

const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slugOf(heading));

/** The links of a page that lead nowhere in the repository. */
const brokenLinks = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter(link => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });

interface Row {
  readonly number: string;
  readonly cells: readonly string[];
  readonly status: string;
  readonly how: string;
  readonly shown: string;
}

/** The rows of all tables of requirements in a text. The last three columns are the status, how, and what shows it. */
const rowsOf = (text: string): Row[] =>
  [...text.matchAll(/^\| (\(?\w.*) \|$/gm)]
    .map(([, row = '']) => row.split(' | '))
    .filter(([first = '']) => /^(?:\d|\()/.test(first))
    .map(cells => {
      const [status = '', how = '', shown = ''] = cells.slice(-3);
      return { number: cells[0] ?? '', cells, status, how, shown };
    });

const ASVS = rowsOf(asvs);
const NIST = rowsOf(nist);

function flawsOf({ cells, status, how, shown }: Row): string[] {
  const isProven = evidenceIn(shown).some(({ file }) => /^(?:test|src\/testing)\//.test(file));
  const flaws: Readonly<Record<string, boolean>> = {
    // ASVS has levels, NIST has not.
    'no columns': cells.length !== 5 && cells.length !== 6,
    'no status': !['met', 'partly', 'not met', 'operator', 'n/a'].includes(status),
    'no reason': how.trim() === '',
    'neither a test nor a dash': !isProven && shown !== '-',
    'met, and no test shows it': status === 'met' && !isProven && !/no test/i.test(how),
  };
  const what = cells.slice(0, -3).filter(cell => !/^\d$/.test(cell));
  return Object.keys(flaws).flatMap(flaw => (flaws[flaw] ? `${what.join(' ')}: ${flaw}` : []));
}

/** How many requirements each section of ASVS 5.0.0 has: those of V1.1 first. */
const SECTIONS: Readonly<Record<string, readonly number[]>> = {
  V1: [2, 10, 12, 3, 3],
  V2: [3, 3, 5, 2],
  V3: [1, 3, 5, 8, 8, 1, 5],
  V4: [5, 5, 2, 4],
  V6: [3, 12, 8, 6, 8, 4, 2, 4],
  V7: [3, 4, 2, 5, 3, 2],
  V8: [4, 4, 3, 2],
  V11: [4, 5, 5, 4, 2, 2, 2],
  V12: [5, 2, 5],
  V13: [4, 6, 4, 7],
  V14: [2, 8, 3],
  V15: [5, 5, 7, 4],
  V16: [1, 5, 4, 3, 4],
};

/** `1.2.6 to 1.2.8` is three numbers. */
function numbersOf(cell: string): string[] {
  const [first = '', last = first] = cell.split(' to ');
  const section = first.replace(/\d+$/, '');
  expect(last.startsWith(section), cell).toBe(true);
  const [from, to] = [Number(first.slice(section.length)), Number(last.slice(section.length))];
  return Array.from({ length: to - from + 1 }, (_, index) => `${section}${from + index}`);
}

describe('docs/security.md', () => {
  it('names only files and test cases that exist', () => {
    const evidence = evidenceIn(page);
    expect(evidence.length).toBeGreaterThan(250);
    expect(evidence.flatMap(({ titles }) => titles).length).toBeGreaterThan(180);
    expect(missingIn(page)).toEqual([]);
  });

  it('has every requirement of the chapters of ASVS that it covers, once and in order', () => {
    for (const [chapter, sections] of Object.entries(SECTIONS)) {
      const heading = new RegExp(`^### ${chapter} [\\s\\S]*?(?=^###? |$(?![\\s\\S]))`, 'm');
      const numbers = rowsOf(heading.exec(asvs)?.[0] ?? '').flatMap(({ number }) => numbersOf(number));
      const expected = sections.flatMap((count, section) =>
        Array.from({ length: count }, (_, index) => `${chapter.slice(1)}.${section + 1}.${index + 1}`),
      );
      expect(numbers, chapter).toEqual(expected);
    }
    const leftOut = [...(/Left out as a whole[\s\S]*?\n\n/.exec(asvs)?.[0] ?? '').matchAll(/\bV\d+/g)].map(String);
    const all = [...Object.keys(SECTIONS), ...leftOut].map(name => Number(name.slice(1)));
    expect(all.sort((one, other) => one - other)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
  });

  it('has every numbered requirement of the lists of NIST that it covers', () => {
    const lists = [...nist.matchAll(/^### ([\d.]+)[^\n]*\n([\s\S]*?)(?=^### |$(?![\s\S]))/gm)].map(
      ([, section, text = '']) => [section, rowsOf(text).filter(({ number }) => /^\(\d\)$/.test(number)).length],
    );
    expect(lists).toEqual([
      ['3.1.1.2', 9],
      ['3.2.2', 0],
      ['5.1', 6],
      ['5.1.1', 7],
      ['5.2', 0],
    ]);
  });

  it('says of every requirement how it is met and what shows it, or why not', () => {
    expect(ASVS.length).toBeGreaterThan(170);
    expect(NIST.length).toBeGreaterThan(45);
    expect([...ASVS, ...NIST].flatMap(flawsOf)).toEqual([]);
  });

  it('would be found to claim something without a test, or with a word that is no status', () => {
    const flawed = (row: string) => rowsOf(`| 1.2.3 | 1 | a requirement | ${row} |`).flatMap(flawsOf);
    expect(flawed('met | so | `test/readme.test.ts`')).toEqual([]);
    expect(flawed('met | no test | -')).toEqual([]);
    expect(flawed('met | so | -')).toEqual(['1.2.3 a requirement: met, and no test shows it']);
    expect(flawed('met | so | believe it')).toHaveLength(2);
    expect(flawed('met | so | `src/index.ts`')).toHaveLength(2);
    expect(flawed('done | so | `test/readme.test.ts`')).toEqual(['1.2.3 a requirement: no status']);
    expect(flawed('not met | -')).not.toEqual([]);
    expect(flawed('not met |  | -')).toEqual(['1.2.3 a requirement: no reason']);
  });

  it('would be found to name a file, a title, a link or an anchor that does not exist', () => {
    const self = 'test/docs/security-page.test.ts';
    const title = 'names only files and test cases that exist';
    expect(missingIn(`| met | \`src/index.ts\` | \`${self}\` "${title}" |`)).toEqual([]);
    expect(missingIn(`\`src/gone.ts\`, \`test/gone.test.ts\` "${title}"`)).toEqual([
      'src/gone.ts',
      'test/gone.test.ts',
    ]);
    // In the file, but not as a title; a part of a title; and a second title after one that exists.
    for (const text of ['docs/security.md is wrong', 'names only files', 'fs', 'met']) {
      expect(missingIn(`\`${self}\` "${title}", "${text}"`)).toEqual([`${self}: ${text}`]);
    }
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-links-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'page.md');
    writeFileSync(
      file,
      '# One, two\n[a](#one-two) [b](#three) [c](page.md#one-two) [d](gone.md) [e](https://example.org)\n',
    );
    expect(brokenLinks(file)).toEqual(['#three', 'gone.md']);
  });

  it('shows what stops each attacker', () => {
    const [, attackers = ''] = /### Attackers\n([\s\S]*?)\nNot defended/.exec(beforeAsvs) ?? [];
    const rows = attackers.trim().split('\n').slice(2);
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(evidenceIn(row.split(' | ').at(-1) ?? '').length, row).toBeGreaterThan(0);
  });
});

const guides = readdirSync('docs/guides').map(file => `docs/guides/${file}`);
const examples = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.md'))
  .map(file => `examples/${file}`);

it.each([
  ...['SECURITY.md', PAGE, 'docs/proxies.md', 'README.md', 'docs/README.md', 'docs/websocket-clients.md'],
  ...guides,
  ...examples,
])('the links of %s lead somewhere', file => {
  expect(anchorsOf(file).length).toBeGreaterThan(0);
  expect(brokenLinks(file)).toEqual([]);
});

it('docs/README.md leads a stranger to every page and every guide', () => {
  const index = readFileSync('docs/README.md', 'utf8');
  const pages = readdirSync('docs').filter(file => file.endsWith('.md') && file !== 'README.md');
  expect(pages.length).toBeGreaterThan(12);
  for (const page of pages) expect(index).toMatch(new RegExp(`\\]\\(${page}[)#]`));
  for (const guide of guides) expect(index).toContain(`](${guide.replace('docs/', '')})`);
});
