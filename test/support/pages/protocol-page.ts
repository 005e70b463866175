import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8');

/** Returns the text between `<!-- name -->` and `<!-- end -->`. */
export const marked = (name: string): string =>
  new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- end -->`).exec(PAGE)?.[1] ?? '';

/** Returns the code block with this fence. */
export const block = (fence: string): string => new RegExp(`\`\`\`${fence}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1] ?? '';

/** Returns the rows of the first table of a section, without the head; cells are without backquotes. */
export function rowsOf(heading: string): string[][] {
  const section = new RegExp(`\\n## ${heading}\\n([\\s\\S]*?)(?=\\n## |$)`).exec(PAGE)?.[1] ?? '';
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? '';
  const rows = table.trim().split('\n').slice(2);
  return rows.map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim().replaceAll('`', '')),
  );
}
