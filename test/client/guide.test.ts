import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PASSWORD, somebody, trade } from '../support/library-users.js';
import { type RunningServer, serve } from '../support/sockets/socket-server.js';

const GUIDE = readFileSync('docs/websocket-clients.md', 'utf8');
const code = (name: string): string => new RegExp(`\`\`\`ts ${name}\\n([\\s\\S]*?)\`\`\``).exec(GUIDE)?.[1] ?? '';

/** Writes a file inside the package, so that `tradepost/client` resolves as for its users; removed after the test. */
function write(name: string, text: string): string {
  const file = resolve('dist', name);
  writeFileSync(file, text);
  onTestFinished(() => rmSync(file));
  return file;
}

async function compile(file: string, ...options: string[]): Promise<void> {
  const tsc = [resolve('node_modules/typescript/bin/tsc'), '--ignoreConfig', '--strict', '--module', 'nodenext'];
  const run = promisify(execFile)(process.execPath, [...tsc, '--noEmit', '--target', 'es2023', ...options, file]);
  await run.catch(({ stdout }) => {
    throw new Error(stdout);
  });
}

/** Starts a program; `lines` is what it has printed so far. */
function start(file: string, env: Record<string, string>, flags: readonly string[] = []) {
  const loader = ['--import', 'tsx', ...flags];
  const child = spawn(process.execPath, [...loader, file], { env: { PATH: process.env.PATH, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', line => lines.push(line));
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  return { child, lines, ended };
}

async function withBob(): Promise<{ running: RunningServer; give: () => Promise<string> }> {
  const running = await serve();
  const { tradepost } = running;
  const account = { email: 'bob@example.org', username: 'bob', name: 'Bob', password: 'staple horse battery' };
  const ann = await somebody(tradepost);
  const { id } = await tradepost.registerUser(account);
  return { running, give: () => trade(tradepost, ann, { ...ann, id }) };
}

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 10 });

describe('docs/websocket-clients.md', () => {
  it('has code for a page that compiles with only the types of a browser, and does what it says', async () => {
    const { running, give } = await withBob();
    const missed = [await give(), await give()];
    const page = code('browser');
    const own = `
      import type { Trade } from 'tradepost';
      import type { WatchState } from 'tradepost/client';
      declare function show(trade: Trade): void;
      declare function showState(state: WatchState): void;
      declare function showLogin(message: string): void;\n`;
    await compile(write('guide-page.ts', `${own}${page}`), '--lib', 'es2023,dom', '--types', '');

    // The parts of a browser that it needs: the URL of the page, and the cookie.
    const browser = `
      globalThis.location = { href: ${JSON.stringify(`${running.origin}/`)} };
      const { origin } = new URL(location.href);
      const { fetch } = globalThis;
      let cookie = '';
      globalThis.fetch = async (url, init) => {
        const answer = await fetch(url, { ...init, headers: { ...init.headers, cookie, origin } });
        cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
        return answer;
      };
      const { WebSocket: Plain } = await import('ws');
      globalThis.WebSocket = class extends Plain {
        constructor(url, protocols) { super(url, protocols, { origin, headers: { cookie } }); }
      };
      globalThis.show = trade => console.log(trade.id);
      globalThis.showState = state => console.log(state);
      globalThis.showLogin = message => console.log(message);\n`;
    const setUp = write('guide-browser.mjs', browser);
    const { lines, ended } = start(write('guide-page.mts', page), {}, ['--import', setUp]);
    await soon(() => expect(lines).toEqual([...missed, 'connecting', 'live']));
    missed.push(await give());
    await soon(() => expect(lines.at(-1)).toBe(missed[2]));
    const { token } = await running.tradepost.login({ username: 'bob', password: 'staple horse battery' });
    await running.tradepost.revokeAllSessions({ token });
    expect(await ended).toBe(0);
    expect(lines.slice(-2)).toEqual(['ended', 'There is no valid session. Log in and try again.']);
  });

  it('has code for Node that compiles, and does what it says until SIGTERM', async () => {
    const { running, give } = await withBob();
    await give();
    const file = write('guide-node.mts', code('node'));
    await compile(file, '--types', 'node');
    const { child, lines, ended } = start(file, { TRADEPOST_URL: running.origin });
    await soon(() => expect(running.sockets.size).toBe(1));
    await give();
    await soon(() => expect(lines).toHaveLength(1));
    expect(lines[0]).toMatch(/^\w+ gave Bob Ace$/);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('has code that retries, which compiles and records one trade', async () => {
    const { running } = await withBob();
    const ann = await somebody(running.tradepost);
    const card = await running.tradepost.addCard({ token: ann.token, name: 'Ace' });
    const use = `
      import { createClient } from 'tradepost/client';
      const { fetch } = globalThis;
      let lost = 0;
      globalThis.fetch = async (url, init) => {
        const answer = await fetch(url, init);
        if (String(url).endsWith('/trades') && ++lost < 2) throw new TypeError('the answer is lost');
        return answer;
      };
      const client = createClient({ url: ${JSON.stringify(running.origin)} });
      await client.login({ username: ${JSON.stringify(ann.username)}, password: ${JSON.stringify(PASSWORD)} });
      console.log((await give(client, ${JSON.stringify(card.id)}, 'bob')).recipient.name, lost);\n`;
    const file = write('guide-retry.mts', `${code('retry')}${use}`);
    await compile(file, '--types', 'node');
    const { lines, ended } = start(file, {});
    expect(await ended).toBe(0);
    expect(lines).toEqual(['Bob 2']);
    expect((await running.tradepost.listTrades({ token: ann.token })).items).toHaveLength(1);
  });
});
