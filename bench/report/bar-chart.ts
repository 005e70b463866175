export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn in a stronger colour. */
  readonly emphasised: boolean;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABELS = 250;
const VALUES = 70;
const BAR = 18;
const STEP = 26;
const HEAD = 44;

/** Returns an SVG of horizontal bars, one panel below the other, for light and dark pages. */
export function barChart(description: string, panels: readonly Panel[]): string {
  const heights = panels.map(({ bars }) => HEAD + bars.length * STEP);
  const height = heights.reduce((sum, each) => sum + each, 16);
  const groups = panels.map((panel, index) => {
    const top = heights.slice(0, index).reduce((sum, each) => sum + each, 0);
    return `<g transform="translate(0 ${top})">\n${panelOf(panel)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(description)}">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .label { text-anchor: end; }
  .bar { fill: #9aa7b4; }
  .emphasised { fill: #0b69c7; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #6b7785; }
    .emphasised { fill: #58a6ff; }
  }
</style>
${groups.join('\n')}
</svg>
`;
}

function panelOf({ title, bars }: Panel): string {
  const largest = Math.max(...bars.map(({ value }) => value));
  const lines = bars.map(({ label, value, emphasised }, index) => {
    const y = HEAD + index * STEP;
    const width = Math.max(1, ((WIDTH - LABELS - VALUES) * value) / largest);
    const middle = y + BAR - 5;
    return [
      `<text class="label" x="${LABELS - 8}" y="${middle}">${escaped(label)}</text>`,
      `<rect class="bar${emphasised ? ' emphasised' : ''}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}"/>`,
      `<text x="${(LABELS + width + 6).toFixed(1)}" y="${middle}">${value.toLocaleString('en-US')}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="8" y="26">${escaped(title)}</text>`, ...lines].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character] ?? character);
