import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../support/project.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-lint-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let archive: string;
const unpacked = join(root, 'package');
const manifest = () => JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
const filesIn = (pattern: RegExp): string[] =>
  readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter(file => pattern.test(file));

beforeAll(() => {
  archive = pack(root);
  execFileSync('tar', ['-xzf', archive, '-C', root]);
});

describe('the archive that npm packs', () => {
  it('satisfies publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true });
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([]);
  });

  it('satisfies @arethetypeswrong/cli', () => {
    // Only ES modules, so the old resolution and `require` without ES modules do not count.
    const args = [resolve('node_modules/@arethetypeswrong/cli/dist/index.js'), archive, '--profile', 'esm-only'];
    const output = execFileSync(process.execPath, [...args, '--format', 'json'], { encoding: 'utf8' });
    const { analysis, problems = {} } = JSON.parse(output);
    expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining(['.', './client', './postgres']));
    const counted = Object.keys(problems).filter(kind => !['CJSResolvesToESM', 'NoResolution'].includes(kind));
    expect(counted).toEqual([]);
  });

  it('has documents, licence and change log, and no map without its source', () => {
    const files = filesIn(/./);
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'PROTOCOL.md',
        'SECURITY.md',
        'docs/contract.md',
      ]),
    );
    for (const file of filesIn(/\.js$/)) {
      const map = /^\/\/# sourceMappingURL=(.*)$/m.exec(readFileSync(join(unpacked, file), 'utf8'))?.[1];
      if (map === undefined) continue;
      const { sources } = JSON.parse(readFileSync(join(unpacked, dirname(file), map), 'utf8')) as { sources: string[] };
      for (const source of sources) expect(files).toContain(join(dirname(file), source));
    }
  });

  it('has what its documents link to, except for screenshots, examples, container files and what is for contributors', () => {
    const missing = filesIn(/\.md$/).flatMap(file =>
      [...readFileSync(join(unpacked, file), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, link = '']) => join(dirname(file), link))
        .filter(path => !existsSync(join(unpacked, path))),
    );
    const known =
      /^docs\/screenshots\/|^(?:CONTRIBUTING\.md|Dockerfile|docker-compose\.yml|\.env\.example|examples)$|^(?:src|test|bench|examples)\//;
    expect(missing.filter(path => !known.test(path))).toEqual([]);
  });

  it('says where it comes from', () => {
    const { repository, homepage, bugs, keywords } = manifest();
    expect(repository.url).toMatch(/^git\+https:\/\/.+\.git$/);
    expect([homepage, bugs]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^https:/)]);
    expect(keywords.length).toBeGreaterThan(5);
  });
});
