import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { createTradepost } from '../../src/index.js';
import { loadMetrics } from '../../src/main/metrics.js';
import { startServer } from '../../src/main/server.js';
import { send } from '../support/http/requests.js';
import { pingPong, somebody } from '../support/library-users.js';
import { CONFIG, samplesOf } from '../support/observability/observed-server.js';
import { freshSchema, SECRET } from '../support/servers/http-server.js';

const PAGE = readFileSync('docs/monitoring.md', 'utf8');
const ALERTS = readFileSync('docs/monitoring/alerts.yml', 'utf8');
const DASHBOARD = readFileSync('docs/monitoring/grafana-dashboard.json', 'utf8');

/** Names of metrics of Tradepost and of `prom-client`, in any text. */
const NAME = /\b(?:tradepost|process|nodejs)_[a-z0-9_]+\b/g;

const namesIn = (text: string): string[] => [...new Set(text.match(NAME))].sort();

interface Family {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

/** The families of a scrape, by name, and the names of their samples. */
let families: ReadonlyMap<string, Family>;
let samples: ReadonlySet<string>;

beforeAll(async () => {
  const metrics = await loadMetrics({ metrics: 'on', metricsToken: null });
  const storage = postgres({ url: inject('postgresUrl'), schema: freshSchema() });
  const tradepost = await createTradepost({ storage, rateLimits: 'off', observer: metrics?.source.observer ?? {} });
  const { url, stop } = await startServer({
    ...{ tradepost, secrets: [SECRET], config: CONFIG, metrics },
    logger: (await import('pino')).pino({ level: 'silent' }),
  });
  const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
  const delivered = new Promise<void>(resolve => {
    void tradepost.watchTrades({ token: bob.token }, () => resolve()).then(() => pingPong(tradepost, ann, bob, 1));
  });
  await delivered;
  const { text } = await send(url, '/metrics');
  await stop(0);
  await tradepost.close();
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  const lines = [...samplesOf(text).keys()];
  samples = new Set(lines.map(line => line.replace(/\{.*/, '')));
  families = new Map(
    types.map(([, name = '', type = '']) => {
      const own = lines.filter(line => new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{|$)`).test(line));
      const labels = own.flatMap(line => [...line.matchAll(/[{,](\w+)="/g)].map(([, label = '']) => label));
      return [name, { type, labels: new Set(labels.filter(label => label !== 'le')) }] as const;
    }),
  );
}, 60_000);

const isKnown = (name: string): boolean => samples.has(name) || families.has(name);

describe('the names of metrics', () => {
  it.each([
    ['docs/monitoring.md', PAGE],
    ['docs/monitoring/alerts.yml', ALERTS],
    ['docs/monitoring/grafana-dashboard.json', DASHBOARD],
  ])('in %s are those of a scrape', (_file, text) => {
    const names = namesIn(text);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter(name => !isKnown(name))).toEqual([]);
  });

  it('are documented with type and labels, every one of Tradepost', () => {
    const table = /<!-- table: metrics -->\n([\s\S]*?)\n<!-- end -->/.exec(PAGE)?.[1] ?? '';
    const documented = table
      .split('\n')
      .slice(2)
      .map(row => row.split('|').map(cell => cell.trim()));
    const published = documented.map(([, name = '', type, labels = '']) => ({
      name: name.replaceAll('`', ''),
      type,
      labels: (labels.match(/\w+/g) ?? []).sort(),
    }));
    const actual = [...families]
      .filter(([name]) => name.startsWith('tradepost_'))
      .map(([name, { type, labels }]) => ({ name, type, labels: [...labels].sort() }));
    const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);
    expect(actual.length).toBeGreaterThan(10);
    expect(published.sort(byName)).toEqual(actual.sort(byName));
  });
});

describe('the dashboard', () => {
  interface Panel {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }
  const { panels } = JSON.parse(DASHBOARD) as { readonly panels: readonly Panel[] };

  it('filters every query by job and instance, and groups by labels that the metric has', () => {
    const queries = panels.flatMap(({ targets }) => targets);
    expect(queries.length).toBeGreaterThan(12);
    for (const { expr, legendFormat } of queries) {
      const names = namesIn(expr);
      expect(names, expr).toHaveLength(1);
      expect(expr).toContain('{job=~"$job", instance=~"$instance"');
      const name = names[0]?.replace(/_bucket$/, '') ?? '';
      const labels = [...(families.get(name)?.labels ?? []), 'le', 'instance', 'job'];
      const grouped = [...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect(
        [...grouped, ...shown].filter(label => !labels.includes(label)),
        expr,
      ).toEqual([]);
      const balance = [...expr].filter(each => each === '(').length - [...expr].filter(each => each === ')').length;
      expect(balance, expr).toBe(0);
    }
  });

  it('shows every metric of Tradepost, in panels that do not overlap', () => {
    const shown = namesIn(JSON.stringify(panels)).map(name => name.replace(/_bucket$/, ''));
    expect([...families.keys()].filter(name => name.startsWith('tradepost_') && !shown.includes(name))).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

it('the page has every alert, and no other', () => {
  const defined = [...ALERTS.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  const described = [...PAGE.matchAll(/^\| `(Tradepost\w+)` \|/gm)].map(([, name = '']) => name);
  expect(defined.length).toBeGreaterThan(5);
  expect(described).toEqual(defined);
});
