import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';

it('npm run dev serves the sources, and restarts when one changes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tradepost-dev-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const paths = ['src', 'console', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const path of paths) cpSync(path, join(root, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));

  const env = { PATH: process.env.PATH, PORT: '0', DATABASE_URL: 'memory:' };
  // In a process group of its own, because npm does not pass signals on to all that it starts.
  const child = spawn('npm', ['run', 'dev'], { cwd: root, env, detached: true });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    process.kill(-Number(child.pid));
    await exited;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
    });
  }
  const origins = (): string[] => [...output.matchAll(/^listening on (\S+)/gm)].map(([, origin]) => origin ?? '');
  const untilStarted = async (times: number): Promise<string> => {
    await vi.waitFor(() => expect(origins(), output).toHaveLength(times), { timeout: 30_000, interval: 50 });
    return origins()[times - 1] ?? '';
  };

  const before = await untilStarted(1);
  expect((await fetch(`${before}/health/live`)).status).toBe(200);
  appendFileSync(join(root, 'src/domain/trade.ts'), '// changed\n');
  const after = await untilStarted(2);
  expect((await fetch(`${after}/health/live`)).status).toBe(200);
  await expect(fetch(`${before}/health/live`)).rejects.toThrow('fetch failed');
});
