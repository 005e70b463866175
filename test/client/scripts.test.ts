import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { somebody } from '../support/library-users.js';
import { Relay } from '../support/relay.js';
import { serve } from '../support/sockets/socket-server.js';

describe('a script', () => {
  /** Runs code with the compiled client until the process ends by itself; returns what it printed. */
  async function run(
    origin: string,
    token: string,
    code: string,
    onPrint = (_printed: string, _stdin: Writable): void => undefined,
  ): Promise<string> {
    const script = `
      import { createClient } from ${JSON.stringify(resolve('dist/adapters/client/index.js'))};
      import { WebSocket } from 'ws';
      const client = createClient({ url: ${JSON.stringify(origin)}, token: ${JSON.stringify(token)}, WebSocket });
      ${code}`;
    const child = spawn(process.execPath, ['--experimental-websocket', '--input-type=module', '-e', script], {
      timeout: 20_000,
    });
    let printed = '';
    child.stdout.on('data', chunk => {
      printed += chunk;
      onPrint(printed, child.stdin);
    });
    const [status] = await once(child, 'close');
    expect(status).toBe(0);
    return printed.trim();
  }

  it('works with the global WebSocket of later versions of Node, without that of `ws`', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const code = `
      if (typeof globalThis.WebSocket !== 'function') throw new Error('there is none');
      const own = createClient({ url: ${JSON.stringify(origin)}, token: ${JSON.stringify(token)} });
      const watch = own.watchTrades(() => {}, { onState: state => {
        console.log(state);
        if (state === 'live') watch.stop();
      } });`;
    expect(await run(origin, token, code)).toBe('connecting\nlive\nended');
  });

  it('ends by itself once its watch is stopped', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const code = `
      const watch = client.watchTrades(() => {}, { onState: state => {
        console.log(state);
        if (state === 'live') watch.stop();
      } });`;
    expect(await run(origin, token, code)).toBe('connecting\nlive\nended');
  });

  it('ends by itself once its watch is stopped, even if the network swallows everything', async () => {
    const hole = createTcpServer(socket => socket.on('error', () => undefined));
    await new Promise<void>(listening => hole.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void hole.close());
    const { port } = hole.address() as AddressInfo;
    const code = `
      const watch = client.watchTrades(() => {}, { onState: state => console.log(state) });
      setTimeout(() => watch.stop(), 200);`;
    expect(await run(`http://127.0.0.1:${port}`, 't', code)).toBe('connecting\nended');
  });

  it('keeps running while it watches, even while it waits for the server to return', async () => {
    const code = `
      let waits = 0;
      const watch = client.watchTrades(() => {}, { onState: state => {
        if (state === 'waiting' && ++waits === 3) { console.log('three'); watch.stop(); }
      } });`;
    expect(await run('http://127.0.0.1:1', 't', code)).toBe('three');
  });

  it('ends by itself once its watch is stopped, even if the network vanished silently', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const relay = new Relay(origin);
    onTestFinished(() => relay.close());
    const url = await relay.listen();
    const code = `
      const watch = client.watchTrades(() => {}, { onState: state => console.log(state) });
      process.stdin.once('data', () => {
        watch.stop();
        process.stdin.destroy();
      });`;
    const printed = await run(url, token, code, (soFar, stdin) => {
      if (!soFar.endsWith('live\n')) return;
      relay.hold();
      stdin.write('stop');
    });
    expect(printed).toBe('connecting\nlive\nended');
  });
});
