import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CodeBlock, codeBlocksIn, codeBlocksOf } from '../support/pages/code-blocks.js';

const GUIDES = 'test/docs/guides';

/** The test that runs or checks each block of a guide. The README's blocks are listed by `test/readme.test.ts`. */
const CLAIMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'docs/embedding.md': {
    'test/main/embedding-guide.test.ts': [
      'tradepost.ts',
      'node-http.ts',
      'connect.ts',
      'express.ts',
      'fastify-middie.ts',
      'fastify-express.ts',
      'hono.ts',
      'next-route.ts',
      'bun.ts',
      'deno.ts',
      'fastify-guard.ts',
      'read-session.ts',
      'login.ts',
      'pino.ts',
      'console.ts',
      'winston.ts',
    ],
  },
  'docs/proxies.md': {
    'test/http/behind-nginx.test.ts': ['cards.conf', 'try-it'],
    [`${GUIDES}/deployment.test.ts`]: ['serve', 'Caddyfile', 'traefik.yml', 'cards.yml'],
  },
  'docs/websocket-clients.md': { 'test/client/guide.test.ts': ['browser', 'node', 'retry'] },
  'docs/guides/admin.md': {
    [`${GUIDES}/admin.test.ts`]: [
      'find-user',
      'list-sessions',
      'end-sessions',
      'end-all-sessions',
      'forget-attempts',
      'counts',
    ],
  },
  'docs/guides/backup.md': { [`${GUIDES}/backup.test.ts`]: ['dump', 'restore', 'folder', 'mongo'] },
  'docs/guides/clients.md': {
    [`${GUIDES}/clients.test.ts`]: ['page.html', 'loop.ts', 'use-trades.tsx', 'stores.ts', 'session.ts', 'options.ts'],
  },
  'docs/guides/database-tls.md': { [`${GUIDES}/database-tls.test.ts`]: ['postgres', 'pg_hba', 'pool.ts', 'mongo'] },
  'docs/guides/docker.md': { [`${GUIDES}/deployment.test.ts`]: ['build', 'run', 'embedded', 'compose'] },
  'docs/guides/kubernetes.md': {
    [`${GUIDES}/deployment.test.ts`]: ['secret.yaml', 'migrate.yaml', 'tradepost.yaml', 'apply'],
  },
  'docs/guides/sizing.md': {},
  'docs/guides/start.md': { [`${GUIDES}/start.test.ts`]: ['install', 'serve', 'first-trade.mjs', 'run'] },
  'docs/guides/systemd.md': {
    [`${GUIDES}/deployment.test.ts`]: ['install', 'environment', 'tradepost.service', 'start'],
  },
  'docs/guides/upgrade.md': { [`${GUIDES}/upgrade.test.ts`]: ['check', 'migrate', 'secrets'] },
};

/** What keeps a document's blocks from being all claimed, once each, by a test that names document and block. */
function flawsOf(document: string, blocks: readonly CodeBlock[]): string[] {
  const claims = Object.entries(CLAIMS[document] ?? {}).flatMap(([test, names]) => names.map(name => ({ test, name })));
  const unnamed = blocks.filter(({ name }) => name === '').map(({ code }) => `without a name: ${code.split('\n')[0]}`);
  const names = blocks.map(({ name }) => name).filter(name => name !== '');
  const twice = names.filter((name, index) => names.indexOf(name) !== index).map(name => `twice: ${name}`);
  const unclaimed = names.filter(name => !claims.some(claim => claim.name === name)).map(name => `unclaimed: ${name}`);
  const gone = claims.filter(({ name }) => !names.includes(name)).map(({ name }) => `claimed but not there: ${name}`);
  const unread = claims.filter(({ test, name }) => !mentions(test, document, name));
  return [...unnamed, ...twice, ...unclaimed, ...gone, ...unread.map(({ test, name }) => `${test} has no ${name}`)];
}

function mentions(test: string, document: string, name: string): boolean {
  const source = existsSync(test) ? readFileSync(test, 'utf8') : '';
  const stem = name.replace(/\.\w+$/, '');
  return source.includes(document) && new RegExp(`['"\`\\b/]${stem.replaceAll('.', '\\.')}\\b`).test(source);
}

const guides = readdirSync('docs/guides').map(file => `docs/guides/${file}`);

describe('the code blocks of the guides', () => {
  it('are claimed by tests, in every guide', () => {
    expect(guides.length).toBeGreaterThan(9);
    expect(Object.keys(CLAIMS)).toEqual(expect.arrayContaining(guides));
  });

  it.each(Object.keys(CLAIMS))('of %s all have a name and a test that runs or checks them', document => {
    expect(flawsOf(document, codeBlocksOf(document))).toEqual([]);
  });

  it('would be found without a name, without a test, twice or gone', () => {
    const page = (...blocks: string[]): CodeBlock[] => codeBlocksIn(blocks.map(each => `${each}\`\`\`\n`).join('\n'));
    const claimed = ['check', 'migrate', 'secrets'].map(name => `\`\`\`sh ${name}\ncode\n`);
    const document = 'docs/guides/upgrade.md';
    expect(flawsOf(document, page(...claimed))).toEqual([]);
    expect(flawsOf(document, page(...claimed, '```sh\nrm -r /\n'))).toEqual(['without a name: rm -r /']);
    expect(flawsOf(document, page(...claimed, '```sh new\ncode\n'))).toEqual(['unclaimed: new']);
    expect(flawsOf(document, page(...claimed, '```sh check\ncode\n'))).toEqual(['twice: check']);
    expect(flawsOf(document, page(...claimed.slice(1)))).toEqual(['claimed but not there: check']);
    expect(mentions(`${GUIDES}/upgrade.test.ts`, document, 'nowhere')).toBe(false);
  });

  it('are found in lists too, without the indentation', () => {
    expect(codeBlocksIn('1. one\n\n   ```sh run\n   npm test\n     -x\n   ```\n')).toEqual([
      { language: 'sh', name: 'run', code: 'npm test\n  -x\n' },
    ]);
  });
});
