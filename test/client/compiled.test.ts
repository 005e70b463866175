import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const FOLDER = resolve('dist/adapters/client');

interface Reached {
  readonly modules: string[];
  /** Imports of anything else. */
  readonly outside: string[];
}

/** The data files without imports that client and server share. */
const SHARED = ['operations/surface.js', 'websocket/protocol.js'].map(file => resolve('dist/adapters/driving', file));

/** Returns every compiled module that `entry` loads: compiled modules have no type imports left. */
function reach(entry: string, folder: string): Reached {
  const modules = new Set<string>();
  const outside: string[] = [];
  const visit = (file: string): void => {
    if (modules.has(file)) return;
    modules.add(file);
    const code = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of code.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      const target = resolve(dirname(file), specifier);
      const isOwn = target.startsWith(`${folder}/`) && file.startsWith(`${folder}/`);
      if (specifier.startsWith('.') && (isOwn || SHARED.includes(target))) visit(target);
      else outside.push(specifier);
    }
  };
  visit(entry);
  return { modules: [...modules], outside };
}

describe('the compiled client', () => {
  it('loads its folder and the data it shares with the server, and so has no dependency', () => {
    const { modules, outside } = reach(join(FOLDER, 'index.js'), FOLDER);
    expect(modules.length).toBeGreaterThan(10);
    expect(modules).toEqual(expect.arrayContaining(SHARED));
    expect(outside).toEqual([]);
  });

  it('is small', () => {
    const { modules } = reach(join(FOLDER, 'index.js'), FOLDER);
    const kibibytes = modules.reduce((sum, file) => sum + statSync(file).size, 0) / 1024;
    // With comments, before a bundler removes them.
    expect(kibibytes).toBeGreaterThan(20);
    expect(kibibytes).toBeLessThan(60);
  });

  it.each(SHARED)('would be reported if %s imported anything else', file => {
    expect(SHARED).toEqual(expect.arrayContaining(reach(file, dirname(file)).modules));
    expect(reach(file, dirname(file)).outside).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-shared-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'index.js'), `import { z } from 'zod';\n${readFileSync(file, 'utf8')}`);
    expect(reach(join(folder, 'index.js'), folder).outside).toContain('zod');
  });

  it.each([
    ["import { z } from 'zod';", 'zod'],
    ["export { operations } from '../driving/operations/index.js';", '../driving/operations/index.js'],
    ["import 'node:events';", 'node:events'],
    ["const ws = await import('ws');", 'ws'],
  ])('would be reported if it loaded more: %s', (line, specifier) => {
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-client-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'index.js'), "import './deeper.js';\n");
    writeFileSync(join(folder, 'deeper.js'), `${line}\n`);
    expect(reach(join(folder, 'index.js'), folder).outside).toEqual([specifier]);
  });

  it('works with only what every browser has', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { dirname, resolve } from 'node:path';
      import vm from 'node:vm';
      const opened = [], asked = [];
      class WebSocket {
        constructor(url, protocols) { opened.push([url, protocols]); }
        addEventListener() {}
        close() {}
      }
      const fetch = async url => { asked.push(url); return new Response('{"user":{"id":"ann"}}', { headers: { 'content-type': 'application/json' } }); };
      const browser = vm.createContext({
        AbortController, AbortSignal, URL, URLSearchParams, WebSocket, clearInterval, clearTimeout, fetch, queueMicrotask, setInterval, setTimeout,
        location: { href: 'https://example.org/app/' },
      });
      const modules = new Map();
      const load = file => {
        if (!modules.has(file)) modules.set(file, new vm.SourceTextModule(readFileSync(file, 'utf8'), { context: browser, identifier: file }));
        return modules.get(file);
      };
      const entry = load(${JSON.stringify(join(FOLDER, 'index.js'))});
      await entry.link((specifier, { identifier }) => load(resolve(dirname(identifier), specifier)));
      await entry.evaluate();
      const client = entry.namespace.createClient({ url: '/' });
      const me = await client.authenticate();
      const watch = client.watchTrades(() => {});
      await new Promise(resolve => setTimeout(resolve, 50));
      watch.stop();
      console.log(JSON.stringify({ me, asked, opened, state: watch.state }));
    `;
    const flags = ['--experimental-vm-modules', '--no-warnings', '--input-type=module', '-e', script];
    expect(JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }))).toEqual({
      me: { user: { id: 'ann' } },
      asked: ['https://example.org/me', 'https://example.org/me'],
      opened: [['wss://example.org/ws', ['tradepost.v1']]],
      state: 'ended',
    });
  });
});
