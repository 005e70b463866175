import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Project } from '../support/project.js';
import { createProject } from '../support/project.js';

/** An application of somebody else, in plain JavaScript, so that it can be type-checked and run as it is. */
const EMBEDDER = `
import { Container } from 'inversify';
import { parseCardDescription, parseCardName, parseEmailAddress, parsePassword, parsePersonName, parseUsername } from 'tradepost';
import { applicationModule, SERVICES, storageModule, systemModule } from 'tradepost/inversify';
import { memory } from 'tradepost/memory';

const container = new Container();
container.load(storageModule(await memory().open()), systemModule(), applicationModule);
const { live, useCases } = container.get(SERVICES.application);

/** @param {string} name */
async function enrol(name) {
  const [email, username] = [parseEmailAddress(name + '@example.org'), parseUsername(name)];
  const password = parsePassword('correct horse battery');
  await useCases.registerUser.execute({ email, username, name: parsePersonName(name), password });
  const login = { account: { username }, password, userAgent: null, replaces: null };
  return useCases.authenticate.execute({ token: (await useCases.login.execute(login)).token });
}

const [ann, bob] = [await enrol('ann'), await enrol('bob')];
/** @param {string} name */
async function sell(name) {
  const named = { name: parseCardName(name), description: parseCardDescription(''), idempotencyKey: null };
  const { id: cardId } = await useCases.addCard.execute({ caller: ann, ...named });
  const recipient = { id: bob.user.id };
  await useCases.recordTrade.execute({ caller: ann, cardId, recipient, idempotencyKey: null });
}

/** @type {(name: string) => void} */
let receive;
const next = () => new Promise(resolve => (receive = resolve));
const began = performance.now();
const watch = await useCases.watchTrades.execute({
  caller: bob,
  after: null,
  onTrade: ({ trade }) => receive(trade.cardName),
  onEnd: reason => { throw reason; },
});
watch.begin();
const seen = [];
for (const name of ['Dragon', 'Elf']) {
  // One after the other: a watch reads the log once when it begins, and may find the first trade that way.
  const received = next();
  await sell(name);
  seen.push(await received);
}
console.log(JSON.stringify({ seen, milliseconds: performance.now() - began }));
live.close();
`;

describe('the package as npm packs it, in an empty project', () => {
  let project: Project;

  beforeAll(() => {
    project = createProject({ packages: ['inversify'], packed: true });
    project.write({ 'embedder.mjs': EMBEDDER });
  });
  afterAll(() => project?.remove());

  it('watches a trade through tradepost/inversify, by signal', () => {
    const output = execFileSync(process.execPath, ['embedder.mjs'], {
      cwd: project.directory,
      encoding: 'utf8',
      timeout: 10_000,
    });
    const { seen, milliseconds } = JSON.parse(output);
    expect(seen).toEqual(['Dragon', 'Elf']);
    // The first periodic check is 2 s after the watch began.
    expect(milliseconds).toBeLessThan(2000);
  });

  it('has types for all that such an application uses', async () => {
    expect(await project.compile(['embedder.mjs'], ['--checkJs', '--noEmit'])).toBe('');
  });
});

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
