import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { codeOf } from '../../support/pages/code-blocks.js';
import { createProject } from '../../support/project.js';
import { run, serveInProcess } from '../../support/servers/processes.js';

const block = (name: string): string => codeOf('docs/guides/start.md', name);
const { name, bin, ...lists } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string;
  bin: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};

it('the start guide leads from an empty folder to the first live trade', async () => {
  const [, installed, ...needed] = block('install').trim().split(' ').slice(1);
  expect(installed).toBe(name);
  expect({ ...lists.dependencies, ...lists.peerDependencies }).toMatchObject(
    Object.fromEntries(needed.map(each => [each, expect.any(String)])),
  );
  expect(needed).toEqual(expect.arrayContaining(['@electric-sql/pglite', 'argon2', 'express', 'zod']));
  const [, program = '', command = ''] = /^npx (\S+) (\S+)\n$/.exec(block('serve')) ?? [];
  expect(bin).toHaveProperty(program);
  expect((await run([command, '--help'])).status).toBe(0);

  const serving = await serveInProcess({ DATABASE_URL: 'memory:' });
  onTestFinished(async () => void (await serving.stop()));
  const project = createProject({ packages: ['ws'], packed: false });
  onTestFinished(() => project.remove());
  const script = block('first-trade.mjs');
  expect(script).toContain('http://127.0.0.1:3000');
  project.write({ 'first-trade.mjs': script.replace('http://127.0.0.1:3000', serving.origin) });
  const [, file = ''] = /^node (\S+)\n$/.exec(block('run')) ?? [];
  const started = project.start([file]);
  expect([await started.ended, started.output()]).toEqual([0, 'ann gave bob Dragon\n']);
  expect(readFileSync('docs/guides/start.md', 'utf8')).toContain('It prints `ann gave bob Dragon`.');
});
