import { existsSync, readdirSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { readConfig } from '../../src/main/config.js';
import type { RunningServer } from '../../src/main/server.js';
import { startServer } from '../../src/main/server.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { expectProblem, send } from '../support/http/requests.js';
import { SECRET } from '../support/servers/http-server.js';

let tradepost: Tradepost;
let server: RunningServer;

const startWith = (variables: Record<string, string>): Promise<RunningServer> =>
  startServer({
    tradepost,
    secrets: [SECRET],
    config: readConfig({ PORT: '0', ...variables }),
    logger: pino({ level: 'silent' }),
  });

beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing });
  server = await startWith({});
});
afterAll(async () => {
  await server?.stop();
  await tradepost?.close();
});

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The paths that a page or a module names. */
const pathsIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, path = '']) => path);

async function readPage(): Promise<{ page: string; assets: string[] }> {
  const { text: page } = await send(server.url, '/');
  return { page, assets: [...new Set(pathsIn(page, /(?:href|src)="(console\/[^"]+)"/g))].map(path => `/${path}`) };
}

describe('the page at /', () => {
  it('has a policy that allows nothing from elsewhere and nothing inline, and may be in no frame', async () => {
    const { status, headers } = await send(server.url, '/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('has no inline script, style or handler, and no address of another server', async () => {
    const { page } = await readPage();
    expect(page).toContain('<script type="module" src=');
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:|\{folder\}|\{entry\}/);
  });

  it('is not sent again to a browser that has it', async () => {
    const { headers } = await send(server.url, '/');
    const { etag = '' } = headers;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    const again = await send(server.url, '/', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag, 'content-security-policy': POLICY } });
    expect((await send(server.url, '/', { headers: { 'if-none-match': '"another"' } })).status).toBe(200);
  });

  it('answers HEAD without a body, and no other method', async () => {
    const { text, headers } = await send(server.url, '/');
    const head = await send(server.url, '/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(text)));
    expect(head.headers.etag).toBe(headers.etag);
    expectProblem(await send(server.url, '/', { method: 'POST', body: {} }), 404, 'route_not_found');
  });
});

describe('the files of the page', () => {
  it('may be kept for ever, because their folder is named after their content', async () => {
    const { assets } = await readPage();
    const types: Record<string, string> = {
      css: 'text/css; charset=utf-8',
      js: 'text/javascript; charset=utf-8',
      svg: 'image/svg+xml',
    };
    expect(assets.length).toBeGreaterThan(20);
    for (const path of assets) {
      const { status, headers, text } = await send(server.url, path);
      expect([path, status]).toEqual([path, 200]);
      expect(path).toMatch(/^\/console\/[\w-]{16}\//);
      expect(headers).toMatchObject({
        'content-type': types[path.split('.').at(-1) ?? ''],
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none'",
        'x-content-type-options': 'nosniff',
      });
      expect(text).not.toContain('sourceMappingURL');
    }
  });

  it('are the modules that the page imports, each named in the page, and no others', async () => {
    const { assets } = await readPage();
    const modules = assets.filter(path => path.endsWith('.js'));
    const reached = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      if (reached.has(path)) return;
      reached.add(path);
      const { text } = await send(server.url, path);
      const imported = pathsIn(text, /from '(\.[^']+)'/g).map(each => new URL(each, server.url + path).pathname);
      await Promise.all(imported.map(visit));
    };
    await visit(modules.find(path => path.endsWith('/page/main.js')) ?? '');
    expect([...reached].sort()).toEqual(modules.sort());
    expect(modules.join()).toMatch(/adapters\/client\/index\.js/);
    // What only the server needs is no secret, but would be a long download.
    expect(
      modules.filter(path => /\/(?:main\/|domain|application|driven)/.test(path.replace('/page/main.js', ''))),
    ).toEqual([]);
  });

  it('cannot be left: other files of the package are not served', async () => {
    const folder = (await readPage()).assets[0]?.split('/').slice(0, 3).join('/') ?? '';
    expect(existsSync('dist/main/cli.js')).toBe(true);
    for (const path of [
      '/main/cli.js',
      '/adapters/driving/console/index.js',
      '/../package.json',
      '/%2e%2e/package.json',
      '/',
    ]) {
      expectProblem(await send(server.url, folder + path), 404, 'route_not_found');
    }
    expectProblem(await send(server.url, '/console/console.css'), 404, 'route_not_found');
    expectProblem(await send(server.url, '/console/index.html'), 404, 'route_not_found');
  });

  it('are all files of the folder console, besides the page itself', async () => {
    const { assets } = await readPage();
    const names = assets.map(path => path.split('/').at(-1));
    // `reference.css` is of the page at `/docs`.
    const others = ['index.html', 'reference.css'];
    expect(names).toEqual(expect.arrayContaining(readdirSync('console').filter(name => !others.includes(name))));
  });
});

it('CONSOLE=off serves none of it, and everything else', async () => {
  const { assets } = await readPage();
  const without = await startWith({ CONSOLE: 'off' });
  onTestFinished(() => without.stop());
  expectProblem(await send(without.url, '/'), 404, 'route_not_found');
  expectProblem(await send(without.url, assets[0] ?? ''), 404, 'route_not_found');
  expect((await send(without.url, '/health/live')).status).toBe(200);
  expect((await send(server.url, assets[0] ?? '')).status).toBe(200);
});
