import { execFile, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const README = readFileSync('README.md', 'utf8');
const tour = /```bash tour\n([\s\S]*?)```/.exec(README)?.[1] ?? '';

let url = '';
const server = spawn(process.execPath, [resolve('dist/main/cli.js'), 'serve'], {
  env: { PATH: process.env.PATH, DATABASE_URL: 'memory:', PORT: '0' },
});
beforeAll(async () => {
  url = await new Promise(found => {
    server.stdout.on('data', chunk => {
      const listening = /listening on (\S+)/.exec(String(chunk));
      if (listening?.[1]) found(listening[1]);
    });
  });
});
afterAll(() => server.kill());

describe('the README', () => {
  it('has the two commands on its first screen', () => {
    const screen = README.split('\n').slice(0, 24).join('\n');
    expect(screen).toContain('npm ci && npm start');
    expect(screen).toContain('npm ci && npm test');
  });

  it('takes a tour that works as told', async () => {
    const script = tour.replace('http://127.0.0.1:3000', url);
    expect(script).toContain(url);
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script]);
    expect(stderr).toBe('');
    const answers = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const [ann, bob, gift, again, refused, received, cards, sessions, me] = answers;
    expect(answers).toHaveLength(9);
    expect([ann.username, bob.username]).toEqual(['ann', 'bob']);
    expect(gift).toMatchObject({ cardName: 'Dragon', sender: { username: 'ann' }, recipient: { username: 'bob' } });
    expect(again).toEqual(gift);
    expect(refused).toMatchObject({ code: 'card_not_owned', status: 409 });
    expect(received.items).toEqual([gift]);
    expect(cards.items).toMatchObject([{ name: 'Dragon', ownerId: bob.id }]);
    expect(sessions.items).toMatchObject([{ current: true }]);
    expect(me).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('shows code that compiles against the package', async () => {
    const samples = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    expect(samples.length).toBeGreaterThan(1);
    // Inside the package, so that `tradepost` means what a user of it would get.
    const files = samples.map((code, index) => {
      const file = resolve(`dist/readme-sample-${index}.ts`);
      writeFileSync(file, `${code}\n`);
      return file;
    });
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--skipLibCheck',
      '--types',
      'node',
    ];
    try {
      await promisify(execFile)(process.execPath, [
        resolve('node_modules/typescript/bin/tsc'),
        '--ignoreConfig',
        ...options,
        ...files,
      ]);
    } catch (error) {
      throw new Error((error as { stdout: string }).stdout);
    } finally {
      for (const file of files) rmSync(file);
    }
  });
});
