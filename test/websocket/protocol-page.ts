import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

/** What stands between `<!-- name -->` and `<!-- end -->`. */
export const marked = (name: string): string =>
  new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- end -->`).exec(PAGE)?.[1] ?? '';

/** The code block that is fenced as this. */
export const block = (fence: string): string => new RegExp(`\`\`\`${fence}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1] ?? '';

/** Of the section with this heading, the rows of its first table, without the head; cells as text without backquotes. */
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
