import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { barChart } from '../../bench/report/bar-chart.js';
import { withSection } from '../../bench/report/document.js';
import { listChart } from '../../bench/report/list-chart.js';
import { markdownTable, plainTable, table } from '../../bench/report/table.js';
import { STAGES } from '../../bench/stages/index.js';

const TABLE = table('requests', { name: '', perSecond: 'requests/s', cpu: 'CPU' }, [
  { name: 'Tradepost', perSecond: 12_345, cpu: null },
  { name: 'A & <B>', perSecond: 9, cpu: 0.5 },
]);

test('a table for people', () => {
  expect(plainTable(TABLE)).toBe(
    ['requests', '           requests/s  CPU', 'Tradepost      12,345    -', 'A & <B>             9  0.5'].join('\n'),
  );
  expect(markdownTable(TABLE)).toBe(
    [
      'requests:',
      '',
      '|  | requests/s | CPU |',
      '|---|---:|---:|',
      '| Tradepost | 12,345 | - |',
      '| A & <B> | 9 | 0.5 |',
    ].join('\n'),
  );
});

test('a section takes the place of the one before it and of nothing else', () => {
  const page = 'before\n<!-- bench:list -->\nold\n<!-- /bench:list -->\nafter\n';
  const written = withSection(page, 'list', 'new');
  expect(written).toBe('before\n<!-- bench:list -->\n\nnew\n\n<!-- /bench:list -->\nafter\n');
  expect(withSection(written, 'list', 'new')).toBe(written);
  expect(() => withSection(page, 'record', 'new')).toThrow('<!-- bench:record -->');
});

test.each(['versions', ...STAGES.map(({ name }) => name)])('docs/performance.md has a section for %s', name => {
  const page = readFileSync('docs/performance.md', 'utf8');
  expect(withSection(page, name, 'figures')).toContain(`<!-- bench:${name} -->\n\nfigures\n\n<!-- /bench:${name} -->`);
});

test('bars are as long as their values, and text cannot break the markup', () => {
  const chart = barChart('a "chart"', [
    {
      title: 'one & two',
      bars: [
        { label: '<one>', value: 200, emphasised: true },
        { label: 'two', value: 100, emphasised: false },
      ],
    },
  ]);
  const widths = [...chart.matchAll(/<rect class="([^"]+)" [^>]*width="([\d.]+)"/g)].map(match => [
    match[1],
    Number(match[2]),
  ]);
  expect(widths).toEqual([
    ['bar emphasised', 440],
    ['bar', 220],
  ]);
  expect(chart).toContain('aria-label="a &quot;chart&quot;"');
  expect(chart).toContain('&lt;one&gt;');
  expect(chart).not.toContain('<one>');
});

test('what was not measured has no bar, and no panel of its own', () => {
  const chart = listChart(
    table('list', { name: '', perSecond: '', cpu: '' }, [{ name: 'Tradepost', perSecond: 5, cpu: null }]),
  );
  expect(chart.match(/<rect/g)).toHaveLength(1);
  expect(chart).not.toContain('CPU seconds');
});
