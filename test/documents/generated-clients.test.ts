import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';

const programs = inject('typescript5');

/** Milliseconds for generators and compilers, on two cores beside other tests. */
const PATIENCE = 240_000;

/** Uses both clients. Compiled strictly against what was generated, and run against a server. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './types.js';
import { client } from './sdk/client.gen.js';
import { listTrades, login, recordTrade, registerUser } from './sdk/sdk.gen.js';

const baseUrl = process.argv[2] ?? '';
const api = createClient<paths>({ baseUrl });
client.setConfig({ baseUrl });

const ann = { username: 'ann', email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' };
const bob = { username: 'bob', email: 'bob@example.org', name: 'Bob', password: 'staple horse battery' };

const registered = await api.POST('/register', { body: ann });
if (registered.error) throw new Error(registered.error.code);
await registerUser({ body: bob, throwOnError: true });
const taken = await api.POST('/register', { body: ann });
const code: components['schemas']['Problem']['code'] | undefined = taken.error?.code;

const opened = await api.POST('/login', { body: { username: 'ann', password: ann.password, delivery: 'token' } });
const headers = { Authorization: \`Bearer \${opened.data?.token}\` };
const added = await api.POST('/cards', { body: { name: 'Dragon' }, headers });
const cardId: string = added.data?.id ?? '';
const cards = await api.GET('/cards', { params: { query: { limit: 10 } }, headers });

const { data: second } = await login({ body: { email: bob.email, password: bob.password, delivery: 'token' }, throwOnError: true });
const recorded = await recordTrade({
  body: { cardId, recipient: { username: 'bob' } },
  headers: { ...headers, 'Idempotency-Key': 'gift-1' },
  throwOnError: true,
});
const received = await listTrades({
  query: { direction: 'received' },
  headers: { Authorization: \`Bearer \${second.token}\` },
  throwOnError: true,
});
const items: readonly { readonly cardName: string; readonly sender: { readonly username: string } }[] = received.data.items;
const again = await recordTrade({ body: { cardId, recipient: { username: 'bob' } }, headers });
console.log(
  JSON.stringify({
    code,
    cards: cards.data?.items.map(({ name }) => name),
    recorded: recorded.data.cardName,
    received: items.map(({ cardName, sender }) => [cardName, sender.username]),
    refused: again.error?.code,
  }),
);
`;

/** Does not compile, line by line, because of what the document says. */
const WRONG = `
import createClient from 'openapi-fetch';
import type { paths } from './types.js';
import { addCard } from './sdk/sdk.gen.js';

const api = createClient<paths>({ baseUrl: '' });
await api.POST('/cards', { body: { title: 'Dragon' } });
await api.POST('/card', { body: { name: 'Dragon' } });
const answer = await addCard({ body: { name: 1 } });
answer.data?.owner;
`;

describe.skipIf(programs === null)(
  'clients that others generate from the OpenAPI document',
  { timeout: PATIENCE },
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'tradepost-generated-'));
    let serving: ServingProcess;

    const execute = (program: string, ...args: string[]): Promise<{ stdout: string }> =>
      promisify(execFile)(join(programs ?? '', program), args, { cwd: directory });

    const compile = (file: string): Promise<string> =>
      execute('tsc', '-p', file).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );

    const configure = (file: string): void => {
      const compilerOptions = {
        target: 'es2023',
        lib: ['es2023', 'dom', 'dom.iterable'],
        module: 'nodenext',
        strict: true,
        noUncheckedIndexedAccess: true,
        noImplicitOverride: true,
        skipLibCheck: false,
        outDir: 'built',
        types: ['node'],
      };
      writeFileSync(
        join(directory, `${file}.json`),
        JSON.stringify({ compilerOptions, include: [`${file}.ts`, 'sdk', '*.d.ts'] }),
      );
    };

    beforeAll(async () => {
      serving = await serveInProcess({ DATABASE_URL: 'memory:' });
      mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
      const link = (name: string, from: string) =>
        symlinkSync(resolve(from, name), join(directory, 'node_modules', name));
      link('openapi-fetch', 'typescript-5/node_modules');
      link('openapi-typescript-helpers', 'typescript-5/node_modules');
      link('@types/node', 'node_modules');
      const document = await fetch(`${serving.origin}/openapi.json`);
      writeFileSync(join(directory, 'openapi.json'), await document.text());
      writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
      const output = { path: 'sdk', importFileExtension: '.js' };
      const plugins = ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'];
      const config = JSON.stringify({ input: 'openapi.json', output, plugins });
      writeFileSync(join(directory, 'openapi-ts.config.mjs'), `export default ${config};`);
      await execute('openapi-typescript', 'openapi.json', '--output', 'types.d.ts');
      await execute('openapi-ts');
    }, PATIENCE);
    afterAll(async () => {
      await serving?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('compile strictly, and do what they are for', async () => {
      writeFileSync(join(directory, 'program.ts'), PROGRAM);
      configure('program');
      expect(await compile('program.json')).toBe('');
      const { stdout } = await promisify(execFile)(process.execPath, ['built/program.js', serving.origin], {
        cwd: directory,
      });
      expect(JSON.parse(stdout)).toEqual({
        code: 'email_taken',
        cards: ['Dragon'],
        recorded: 'Dragon',
        received: [['Dragon', 'ann']],
        refused: 'card_not_owned',
      });
    });

    it('refuse what the document does not describe', async () => {
      writeFileSync(join(directory, 'wrong.ts'), WRONG);
      configure('wrong');
      const errors = (await compile('wrong.json')).split('\n').filter(line => line.startsWith('wrong.ts'));
      const lines = errors.map(line => /^wrong\.ts\((\d+),/.exec(line)?.[1]);
      expect([...new Set(lines)]).toEqual(['7', '8', '9', '10']);
    });
  },
);
