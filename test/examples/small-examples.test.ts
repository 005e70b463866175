import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { PASSWORD, pingPong, somebody, trade } from '../support/library-users.js';
import { codeBlocksOf } from '../support/pages/code-blocks.js';
import { createProject, type Project } from '../support/project.js';
import { Relay } from '../support/relay.js';
import { serve } from '../support/sockets/socket-server.js';

const EXAMPLES = ['embed-express', 'plain-script', 'websocket-client', 'own-inversify-container'];
const PACKAGES = ['@types/express', '@types/ws', 'express', 'inversify', 'reflect-metadata', 'ws'];

/** A project with the package as npm packs it, and with the examples. */
let project: Project;
beforeAll(() => {
  project = createProject({ packages: PACKAGES, packed: true });
  for (const name of EXAMPLES) cpSync(join('examples', name), join(project.directory, name), { recursive: true });
});
afterAll(() => project.remove());

/** Starts an example by the command of its README. */
function start(name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const [, file = ''] = /^node (\S+)/.exec(codeBlocksOf(`examples/${name}/README.md`)[0]?.code ?? '') ?? [];
  return project.start([join(name, file), ...args], env);
}

describe('the examples', () => {
  it('are listed, each with a README of a few lines and one command', () => {
    const index = readFileSync('examples/README.md', 'utf8');
    for (const name of EXAMPLES) {
      expect(index).toContain(`[${name}](${name})`);
      expect(readFileSync(`examples/${name}/README.md`, 'utf8').split('\n').length).toBeLessThan(20);
      expect(codeBlocksOf(`examples/${name}/README.md`)).toHaveLength(1);
    }
  });

  it('have the right types', async () => {
    const files = EXAMPLES.flatMap(name => readdirSync(`examples/${name}`).map(file => join(name, file)));
    const modules = files.filter(file => file.endsWith('.js'));
    expect(modules.length).toBeGreaterThan(4);
    const check = ['--allowJs', '--checkJs', '--noEmit', '--lib', 'es2023,dom'];
    expect(await project.compile(modules, check)).toBe('');
    project.write({
      'wrong.js': "import { createTradepost } from 'tradepost';\nvoid createTradepost({ storage: 7 });\n",
    });
    expect(await project.compile(['wrong.js'], check)).toContain('TS2322');
  });

  it('plain-script trades and shows a refusal', async () => {
    const program = start('plain-script');
    expect([await program.ended, program.output().trim().split('\n').toSorted()]).toEqual([
      0,
      ['again: card_not_owned', 'bob has: Dragon', 'bob sees: Dragon'],
    ]);
  });

  it('own-inversify-container sells a card at the time of its own clock', async () => {
    const program = start('own-inversify-container');
    expect([await program.ended, program.output()]).toEqual([0, 'Dragon for 5 EUR, at 2030-01-01T12:00:00.000Z\n']);
  });

  it('embed-express serves its own route and live trades, and ends at SIGTERM', async () => {
    const program = start('embed-express', [], { PORT: '0' });
    await program.printed(/^http:\S+$/m);
    const origin = program.output().trim();
    const client = createClient({ url: `${origin}/api` });
    await client.registerUser({ email: 'ann@example.org', username: 'ann', name: 'Ann', password: PASSWORD });
    expect((await fetch(`${origin}/hello`)).status).toBe(401);
    const { token } = await client.login({ username: 'ann', password: PASSWORD });
    const hello = await fetch(`${origin}/hello`, { headers: { authorization: `Bearer ${token}` } });
    expect(await hello.json()).toEqual({ hello: 'Ann' });
    const { WebSocket } = await import('ws');
    const watch = createClient({ url: `${origin}/api`, token: token ?? '', WebSocket }).watchTrades(() => undefined);
    onTestFinished(() => watch.stop());
    await vi.waitFor(() => expect(watch.state).toBe('live'));
    watch.stop();
    expect(await program.stop('SIGTERM')).toBe(0);
  });

  it('websocket-client shows each trade once across lost connections, and ends with its session', async () => {
    const { origin, tradepost } = await serve();
    const relay = new Relay(origin);
    const url = (await relay.listen()).replace('http:', 'ws:').replace(/\/$/, '');
    onTestFinished(() => relay.close());
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    await trade(tradepost, ann, bob);
    const program = start('websocket-client', [`${url}/ws`, bob.token, 't0']);
    await program.printed(/^t1 .* Ace$/m);
    for (let round = 0; round < 3; round += 1) {
      relay.cut();
      await pingPong(tradepost, ann, bob, 10);
      await vi.waitFor(() => expect(program.output()).toContain(`\nt${(1 + 10 * (round + 1)).toString(36)} `), 15_000);
    }
    const shown = [...program.output().matchAll(/^(t\w+) /gm)].map(([, cursor]) => cursor);
    expect(shown).toEqual(Array.from({ length: 31 }, (_, index) => `t${(index + 1).toString(36)}`));
    await tradepost.revokeAllSessions({ token: bob.token });
    expect(await program.ended).toBe(1);
    expect(program.output()).toMatch(/closed: 4401\n$/);
  });
});
