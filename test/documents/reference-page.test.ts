import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Operation } from '../../src/adapters/driving/operations/index.js';
import { errorTable, operations } from '../../src/adapters/driving/operations/index.js';
import { html } from '../../src/adapters/driving/reference/html.js';
import { findFlaws } from '../support/console/axe.js';
import { launch, visit } from '../support/console/visitors.js';
import { program, register } from '../support/http/http-users.js';
import { send } from '../support/http/requests.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';

const chromium = inject('chromium');

let server: ServingProcess;
let page: string;
beforeAll(async () => {
  server = await serveInProcess({ DATABASE_URL: 'memory:' });
  page = (await send(server.origin, '/docs')).text;
});
afterAll(() => server?.stop());

const plainText = (text: string): string =>
  text.replace(
    /&(lt|gt|quot|#39|amp);/g,
    (_entity, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '&',
  );

describe('the reference page', () => {
  it('has every operation, every method of the socket, every error and the documents', () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [name, { route, library }] of Object.entries<Operation>(operations)) {
      expect(ids).toContain(name);
      expect(page).toContain(`<h3 id="${name}">${library}</h3>`);
      expect(page).toContain(`<code>${route.method} ${route.path}</code>`);
    }
    for (const name of ['sessions.resume', 'trades.watch', 'rpc.discover', 'trades.recorded'])
      expect(ids).toContain(name);
    for (const code of Object.keys(errorTable)) expect(ids).toContain(`error-${code}`);
    const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter(id => !ids.has(id))).toEqual([]);
  });

  it('links to documents that there are, and the console to the page', async () => {
    const links = [...page.matchAll(/ href="([^"#:]+)"/g)].map(([, path = '']) => path);
    expect(new Set(links)).toEqual(new Set(['./', 'openapi.json', 'openrpc.json', 'asyncapi.json', 'llms.txt']));
    for (const path of links) expect((await fetch(new URL(path, `${server.origin}/docs`))).status, path).toBe(200);
    expect((await send(server.origin, '/')).text).toMatch(/<a [^>]*href="docs"/);
  });

  it('has commands that work as they are', async () => {
    const commands = [...page.matchAll(/<code>(curl [\s\S]*?)<\/code>/g)].map(([, text = '']) => plainText(text));
    expect(commands).toHaveLength(Object.keys(operations).length);
    const { authorization } = await program(server.origin, await register(server.origin));
    const token = authorization.slice('Bearer '.length);
    const refused: unknown[] = [];
    // The logout ends the session, so it is last.
    const ends = (command: string): boolean => /-X (?:POST "\$api\/logout|DELETE "\$api\/sessions)"/.test(command);
    for (const command of commands.toSorted((one, other) => Number(ends(one)) - Number(ends(other)))) {
      const script = `api=${server.origin} token=${token}; ${command} -w '\\n%{http_code}'`;
      const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script]);
      const lines = stdout.trim().split('\n');
      const status = Number(lines.at(-1));
      if (status >= 400) refused.push(JSON.parse(lines[0] ?? '').code);
    }
    // Nobody has the card of the example and the session of the example, and the first of two that end it has done so.
    expect(refused.toSorted()).toEqual(['card_not_found', 'session_not_found', 'unauthenticated']);
  });

  it('is sent with an ETag, and a policy that allows its own style alone', async () => {
    const { headers, status } = await send(server.origin, '/docs');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-cache');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; form-action 'none'/);
    expect(policy).not.toMatch(/unsafe|script-src|http|\*/);
    expect(headers['x-frame-options']).toBe('DENY');
    const again = await send(server.origin, '/docs', { headers: { 'if-none-match': String(headers.etag) } });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(page).not.toMatch(/<script|javascript:| style="/);
  });

  it('is left out with CONSOLE=off, which leaves the documents', async () => {
    const quiet = await serveInProcess({ DATABASE_URL: 'memory:', CONSOLE: 'off' });
    onTestFinished(async () => void (await quiet.stop()));
    expect((await send(quiet.origin, '/docs')).status).toBe(404);
    for (const path of ['/openapi.json', '/openrpc.json', '/asyncapi.json']) {
      expect((await send(quiet.origin, path)).headers['content-type']).toBe('application/json; charset=utf-8');
    }
  });

  it('escapes every value', () => {
    expect(html`<p title="${'"&'}">${'<b>'}${html`<i>${"'"}</i>`}${[html`1`, html`2`]}${3}</p>`.text).toBe(
      '<p title="&quot;&amp;">&lt;b&gt;<i>&#39;</i>123</p>',
    );
  });
});

it('llms.txt names every operation and document of the server', async () => {
  const { text, headers } = await send(server.origin, '/llms.txt');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(text).toMatch(/^# Tradepost\n\n> /);
  for (const [name, { summary }] of Object.entries<Operation>(operations)) {
    expect(text).toContain(`(\`${name}\`): ${summary}`);
  }
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
  expect(links).toEqual(['docs', 'openapi.json', 'openrpc.json', 'asyncapi.json']);
  for (const path of links) expect((await fetch(new URL(path, `${server.origin}/llms.txt`))).status, path).toBe(200);
});

describe.skipIf(chromium === null)('the reference page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium ?? '');
  });
  afterAll(() => browser?.close());

  const variants = [1280, 390].flatMap(width =>
    (['light', 'dark'] as const).map(colorScheme => ({ width, colorScheme })),
  );

  it.each(variants)(
    'has no flaw at $width pixels in $colorScheme colours, and fits',
    async ({ width, colorScheme }) => {
      const { context, page: shown } = await visit(browser, `${server.origin}/docs`, {
        viewport: { width, height: 800 },
        colorScheme,
        bypassCSP: true,
      });
      onTestFinished(() => context.close());
      expect(await findFlaws(shown)).toEqual([]);
      const widths = await shown.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      expect(widths).toEqual([width, width]);
    },
  );

  it('breaks no policy, and loads nothing else', async () => {
    const { context, page: shown, complaints } = await visit(browser, `${server.origin}/docs`);
    onTestFinished(() => context.close());
    const requested: string[] = [];
    shown.on('request', request => requested.push(request.url()));
    await shown.reload();
    await shown.getByRole('link', { name: 'recordTrade' }).first().click();
    expect(shown.url()).toBe(`${server.origin}/docs#trades.record`);
    expect(complaints).toEqual([]);
    expect(requested.filter(url => !url.startsWith('data:'))).toEqual([`${server.origin}/docs`]);
    // The style applies: the policy allows it.
    const font = await shown.evaluate("getComputedStyle(document.querySelector('.operation')).borderRadius");
    expect(font).toBe('12px');
  });
});
