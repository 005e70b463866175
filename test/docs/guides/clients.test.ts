import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { memory } from '../../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../../src/adapters/driving/http/index.js';
import { attachWebSocket } from '../../../src/adapters/driving/websocket/index.js';
import { launch } from '../../support/console/visitors.js';
import { openTradepost, PASSWORD, somebody, trade } from '../../support/library-users.js';
import { codeOf } from '../../support/pages/code-blocks.js';
import { createProject, type Project } from '../../support/project.js';
import { SECRET, serve } from '../../support/sockets/socket-server.js';

const block = (name: string): string => codeOf('docs/guides/clients.md', name);
const chromium = inject('chromium');
const MODULES = ['loop.ts', 'use-trades.tsx', 'stores.ts', 'session.ts', 'options.ts'];

/** Stands in for React: one component, rendered by `render`, with the two functions that the hook uses. */
const REACT = `
let states = [], effects = [], index = 0, rerender;
export function useState(initial) {
  const own = index++;
  if (!(own in states)) states[own] = initial;
  return [states[own], next => { states[own] = typeof next === 'function' ? next(states[own]) : next; rerender(); }];
}
export const useEffect = effect => { if (!effects.length) effects.push(effect); };
export function render(component) {
  rerender = () => { index = 0; component(); };
  rerender();
  return effects[0]();
}
`;

let project: Project;
beforeAll(async () => {
  project = createProject({ packages: ['@types/react', '@types/ws', 'csstype', 'ws'], packed: false });
  project.write(Object.fromEntries(MODULES.map(name => [name, block(name)])));
  expect(await project.compile(MODULES, ['--lib', 'es2023,dom,dom.iterable', '--jsx', 'react-jsx'])).toBe('');
  project.write({
    'node_modules/react/package.json': '{ "name": "react", "type": "module", "exports": "./index.js" }',
    'node_modules/react/index.js': REACT,
  });
});
afterAll(() => project.remove());

/** Runs a module of the test in the project; returns its lines. */
async function run(code: string, env: Record<string, string>): Promise<string[]> {
  project.write({ 'main.js': code });
  const program = project.start(['main.js'], env);
  const status = await program.ended;
  expect(status, program.output()).toBe(0);
  return program.output().trim().split('\n');
}

describe('docs/guides/clients.md', () => {
  it('has a loop that follows trades until its signal, and a hook that shows them', async () => {
    const running = await serve();
    const [ann, bob] = [await somebody(running.tradepost), await somebody(running.tradepost)];
    await trade(running.tradepost, ann, bob);
    await trade(running.tradepost, ann, bob);
    const env = { TRADEPOST_URL: running.origin, TOKEN: bob.token };
    const connect = `
      import { createClient } from 'tradepost/client';
      import { WebSocket } from 'ws';
      const client = createClient({ url: process.env.TRADEPOST_URL, token: process.env.TOKEN, WebSocket });`;
    const loop = `${connect}
      import { follow } from './loop.js';
      const stop = new AbortController();
      const { log } = console;
      let seen = 0;
      console.log = text => { log(text); if (++seen === 2) stop.abort(); };
      log(await follow(client, 't0', stop.signal));`;
    expect(await run(loop, env)).toEqual(['Ace', 'Ace', 't2']);

    const hook = `${connect}
      import { render } from 'react';
      import { useTrades } from './use-trades.js';
      const after = 't0';
      const seen = [];
      const end = render(() => {
        const { trades, state } = useTrades(client, after);
        seen.push(state);
        if (trades.length === 2 && state === 'live') { console.log(trades.map(({ cardName }) => cardName).join()); end(); }
      });
      process.once('exit', () => console.log([...new Set(seen)].join()));`;
    expect(await run(hook, env)).toEqual(['Ace,Ace', 'connecting,live,ended']);
  });

  it('has stores for tokens, a listener for sessions, and options that do what they say', async () => {
    const running = await serve();
    const { username, token } = await somebody(running.tradepost);
    const tenants: unknown[] = [];
    for (const event of ['request', 'upgrade'] as const) {
      running.server.prependListener(event, ({ headers }) => tenants.push([event, headers['x-tenant']]));
    }
    const env = { TRADEPOST_URL: running.origin, USERNAME: username, PASSWORD };
    const code = `
      import { existsSync, statSync } from 'node:fs';
      import { createClient } from 'tradepost/client';
      import { cardsWithin, client } from './options.js';
      import { showLoginWhenOver } from './session.js';
      import { inFile, inStorage } from './stores.js';
      const url = process.env.TRADEPOST_URL;
      const login = { username: process.env.USERNAME, password: process.env.PASSWORD };
      const kept = new Map();
      const storage = { getItem: k => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: k => kept.delete(k) };
      for (const store of [() => inFile('token'), () => inStorage(storage)]) {
        const first = createClient({ url, tokenStore: store() });
        showLoginWhenOver(first, message => console.log(message));
        await first.login(login);
        const again = createClient({ url, tokenStore: store() });
        console.log((await again.authenticate()).user.username === login.username);
        if (existsSync('token')) console.log((statSync('token').mode & 0o777).toString(8));
        await first.logout();
      }
      console.log(existsSync('token'), kept.size);
      await client.login(login);
      console.log((await cardsWithin(5000)).items.length);
      const watch = client.watchTrades(() => {}, { onState: state => state === 'live' && watch.stop() });`;
    expect(await run(code, env)).toEqual([
      'true',
      '600',
      'You are logged out.',
      'true',
      'You are logged out.',
      'false 0',
      '0',
    ]);
    expect(tenants.slice(-3)).toEqual([
      ['request', 'blue'],
      ['request', 'blue'],
      ['upgrade', 'blue'],
    ]);
    expect(token).toBeTruthy();
  });

  // Where there is no Chromium, the last lines of the run report it.
  it.skipIf(chromium === null)('has a page that shows each trade as it is recorded', async () => {
    const { tradepost } = await openTradepost(memory());
    const options = { secrets: [SECRET] };
    const operations = httpHandler(tradepost, options);
    const page = block('page.html');
    const server = createServer(async (request, response) => {
      const [, module] = /^\/tradepost\/(.+\.js)$/.exec(request.url ?? '') ?? [];
      if (!module && request.url !== '/') return operations(request, response);
      response.writeHead(200, { 'content-type': module ? 'text/javascript' : 'text/html' });
      response.end(module ? await readFile(resolve('dist', module)) : page);
    });
    const sockets = attachWebSocket(server, tradepost, options);
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    onTestFinished(async () => {
      await sockets.close();
      server.closeAllConnections();
      server.close();
      await tradepost.close();
    });
    const ann = await somebody(tradepost);
    const account = { email: 'bob@example.org', username: 'bob', name: 'Bob', password: 'staple horse battery' };
    const { id } = await tradepost.registerUser(account);
    const browser = await launch(chromium ?? '');
    onTestFinished(() => browser.close());
    const tab = await browser.newPage();
    const errors: unknown[] = [];
    tab.on('pageerror', error => errors.push(error));
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await expect.poll(() => sockets.size).toBe(1);
    await trade(tradepost, ann, { ...ann, id });
    await tab.getByText(`${ann.username} gave Bob Ace`).waitFor();
    expect(errors).toEqual([]);
  });
});
