import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { launch } from '../../support/console/visitors.js';
import { somebody, trade } from '../../support/library-users.js';
import { serve } from '../../support/sockets/socket-server.js';

const chromium = inject('chromium');
const SHELL = '<!doctype html><title>page</title>';

/** Serves an empty page and the compiled client. */
async function servePages(): Promise<string> {
  const server = createServer(async (request, response) => {
    const isModule = request.url?.endsWith('.js');
    const file = join(resolve('dist'), request.url ?? '');
    response.writeHead(200, { 'content-type': isModule ? 'text/javascript' : 'text/html' });
    response.end(isModule ? await readFile(file) : SHELL);
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// Where there is no Chromium, the last lines of the run report it.
describe.skipIf(chromium === null)('the client in a browser, in a page of another origin', () => {
  it('is refused with the reason, and watches and loops once the origin is allowed', async () => {
    const pages = await servePages();
    const [strict, friendly] = [await serve(), await serve({ webSocket: { allowedOrigins: [pages] } })];
    const browser = await launch(chromium ?? '');
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(pages);

    const { token } = await somebody(strict.tradepost);
    // As text, because Vitest rewrites `import()` in functions.
    const inPage = (code: string): Promise<unknown> =>
      page.evaluate(`(async () => {
        const { createClient } = await import('/adapters/client/index.js');
        ${code}
      })()`);
    const optionsFor = (url: string, own: string): string =>
      `{ url: ${JSON.stringify(url)}, token: ${JSON.stringify(own)}, backoff: () => 20 }`;

    const refusal = await inPage(`
      const client = createClient(${optionsFor(strict.origin, token)});
      return new Promise(settle => {
        client.watchTrades(() => undefined, {
          onState: (state, reason) => {
            if (state !== 'connecting' && state !== 'waiting') settle([state, reason?.code]);
          },
        });
      });`);
    expect(refusal).toEqual(['refused', 'origin_forbidden']);

    const [ann, bob] = [await somebody(friendly.tradepost), await somebody(friendly.tradepost)];
    const ids = [await trade(friendly.tradepost, ann, bob), await trade(friendly.tradepost, ann, bob)];
    const looped = await inPage(`
      const client = createClient(${optionsFor(friendly.origin, bob.token)});
      const seen = [];
      for await (const { trade } of client.trades({ after: 't0' })) {
        seen.push(trade.id);
        if (seen.length === 2) break;
      }
      return seen;`);
    expect(looped).toEqual(ids);
    await expect.poll(() => friendly.sockets.size).toBe(0);
  });
});
