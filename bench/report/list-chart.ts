import { type Bar, barChart } from './bar-chart.js';
import type { Table } from './table.js';

/** Draws the stage `list`: requests a second, and CPU seconds of the server for 1,000 requests. */
export function listChart({ title, rows }: Table): string {
  const bars = (key: string): Bar[] =>
    rows.flatMap(row => {
      const [label, value] = [row.name, row[key]];
      if (typeof label !== 'string' || typeof value !== 'number') return [];
      return [{ label, value, emphasised: label === 'Tradepost' }];
    });
  const panels = [
    { title: `${title}: requests a second (more is better)`, bars: bars('perSecond') },
    { title: 'CPU seconds of the server for 1,000 requests (less is better)', bars: bars('cpu') },
  ];
  return barChart(
    title,
    panels.filter(panel => panel.bars.length > 0),
  );
}
