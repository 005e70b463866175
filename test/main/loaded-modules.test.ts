import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

// Runs in a separate process: prints the packages whose files a piece of code imports, as a loader hook sees them, or
// requires.
const script = (code: string) => `
import { createRequire, register } from 'node:module';
const hook = 'let port; export function initialize(data) { port = data; }' +
  'export async function load(url, context, next) { port.postMessage(url); return next(url, context); }';
const { port1, port2 } = new MessageChannel();
register('data:text/javascript,' + encodeURIComponent(hook), { data: port2, transferList: [port2] });
const urls = [];
port1.on('message', url => urls.push(url));
${code}
await new Promise(resolve => setTimeout(resolve, 200));
const loaded = [...urls, ...Object.keys(createRequire(import.meta.url).cache)];
const packages = loaded.map(url => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]).filter(Boolean);
console.log(JSON.stringify({ own: urls.filter(url => url.includes('/dist/')).length, packages: [...new Set(packages)] }));
process.exit(0);
`;

const loadedBy = (code: string): { own: number; packages: string[] } =>
  JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script(code)], { encoding: 'utf8' }));

const DRIVERS = ['pg', 'mongodb', '@electric-sql/pglite'];
const FRAMEWORKS = ['express', 'ws', 'inversify', 'helmet', 'pino'];

describe('importing the package', () => {
  it('loads nothing but its own files', () => {
    const { own, packages } = loadedBy("await import('tradepost');");
    expect(own).toBeGreaterThan(20);
    expect(packages).toEqual([]);
  });

  it('and using it in memory loads no driver, and of the frameworks only the container', () => {
    const { packages } = loadedBy(`
      const { createTradepost } = await import('tradepost');
      const { memory } = await import('tradepost/memory');
      await createTradepost({ storage: memory() });`);
    expect(packages).toContain('inversify');
    for (const name of [...DRIVERS, ...FRAMEWORKS].filter(other => other !== 'inversify')) {
      expect(packages).not.toContain(name);
    }
  });

  it('is measured: a store loads its driver', () => {
    expect(loadedBy("await import('tradepost/postgres');").packages).toContain('pg');
  });

  it('loads no driver, no container and no framework for HTTP', () => {
    for (const path of ['http', 'fetch']) {
      const { packages } = loadedBy(`await import('tradepost/${path}');`);
      expect(packages).toContain('helmet');
      for (const heavy of ['pg', 'mongodb', 'argon2', 'express', 'ws', 'inversify'])
        expect(packages).not.toContain(heavy);
    }
  });

  it('prom-client is loaded where metrics are on, and OpenTelemetry where a tracer provider is registered', () => {
    const opening = `
      const { createTradepost } = await import('tradepost');
      const { memory } = await import('tradepost/memory');
      await createTradepost({ storage: memory() });`;
    const config = (metrics: string) => `{ metrics: '${metrics}', metricsToken: null }`;
    const metrics = (value: string) => `
      await import('./dist/main/commands/serve.js');
      const { loadMetrics } = await import('./dist/main/metrics.js');
      await loadMetrics(${config(value)});`;
    const off = loadedBy(metrics('off') + opening).packages;
    expect(off).toContain('express');
    expect(off).not.toContain('prom-client');
    expect(off).not.toContain('@opentelemetry/api');
    expect(loadedBy(metrics('on')).packages).toContain('prom-client');
    const registry =
      "globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', trace: { getTracer: () => ({}) } };";
    expect(loadedBy(registry + opening).packages).toContain('@opentelemetry/api');
  });

  it('the table of stores loads no driver, and the parser of MongoDB URLs only for such a URL', () => {
    const others = ['postgres://db/cards', 'file:data', 'memory:', 'mysql://db/cards'];
    const parse = (url: string) => `parseStoreUrl('${url}');`;
    const required = (expected: boolean) => `
      if (Object.keys(createRequire(import.meta.url).cache).some(file => file.includes('mongodb')) !== ${expected})
        throw new Error('expected ${expected}');`;
    const code = `
      const { parseStoreUrl } = await import('./dist/main/stores.js');
      ${others.map(parse).join(' ')} ${required(false)}
      ${parse('mongodb://db/cards')} ${required(true)}`;
    const { packages } = loadedBy(code);
    expect(packages).toContain('mongodb-connection-string-url');
    for (const name of DRIVERS) expect(packages).not.toContain(name);
  });

  it('works for every subpath', () => {
    const code = [
      'postgres',
      'mongo',
      'embedded',
      'memory',
      'storage-kit',
      'http',
      'fetch',
      'ws',
      'operations',
      'client',
      'inversify',
      'testing',
    ]
      .map(path => `await import('tradepost/${path}');`)
      .join('\n');
    expect(loadedBy(code).packages).toEqual(expect.arrayContaining(['pg', 'ws', 'inversify']));
  });
});
