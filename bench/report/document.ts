import { readFileSync, writeFileSync } from 'node:fs';
import { listChart } from './list-chart.js';
import type { Results } from './results.js';
import { markdownTable } from './table.js';
import { versionsText } from './versions.js';

const PAGE = 'docs/performance.md';
const CHART = 'docs/performance.svg';

/** Writes the figures between their markers in docs/performance.md, and the chart beside it. */
export function writeDocument(results: Results): void {
  const page = Object.entries(results.stages).reduce(
    (text, [name, { tables, leftOut = [], ranAt }]) =>
      withSection(
        text,
        name,
        [
          ...tables.map(markdownTable),
          ...leftOut.map(what => `Not measured: ${what}.`),
          `Run on ${ranAt.slice(0, 10)}.`,
        ].join('\n\n'),
      ),
    withSection(readFileSync(PAGE, 'utf8'), 'versions', versionsText(results)),
  );
  writeFileSync(PAGE, page);
  const list = results.stages.list?.tables[0];
  if (list) writeFileSync(CHART, listChart(list));
}

/** @throws Error where the page has no markers of that name. */
export function withSection(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} must have ${begin} and, after it, ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${content}\n\n${page.slice(to)}`;
}
