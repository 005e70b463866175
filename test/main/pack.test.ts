import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

it('npm pack leaves out what was built from sources that are gone', () => {
  const root = mkdtempSync(join(tmpdir(), 'tradepost-pack-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const copied = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const path of copied) cpSync(path, join(root, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'dist/orphan.js'), 'export {};\n');

  execFileSync('npm', ['pack', '--silent'], { cwd: root, stdio: 'pipe' });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const archive = `tradepost-${version}.tgz`;
  const packed = execFileSync('tar', ['-tzf', archive], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  expect(packed).toEqual(expect.arrayContaining(['package/package.json', 'package/dist/index.js']));
  expect(packed).not.toContain('package/dist/orphan.js');
});
