import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Need } from '../src/peers/peers.js';
import { NEEDS } from '../src/peers/peers.js';
import { cookieOf } from './support/http/http-users.js';
import { send } from './support/http/requests.js';
import type { Project } from './support/project.js';
import { blocksOf, createProject } from './support/project.js';
import { freePort } from './support/servers/free-port.js';
import type { ServingProcess } from './support/servers/processes.js';
import { run, serveInProcess } from './support/servers/processes.js';
import { freshDatabase } from './support/stores/temporary-stores.js';

const README = readFileSync('README.md', 'utf8');
const { tour = '', server = '', calls = '', client = '', ...others } = blocksOf('README.md');

const ANN = { username: 'ann', password: 'correct horse battery' };

let serving: ServingProcess;
let project: Project;
beforeAll(async () => {
  serving = await serveInProcess({ DATABASE_URL: 'memory:' });
  project = createProject({
    packages: ['@types/express', '@types/pg', '@types/ws', 'express', 'pg', 'ws'],
    packed: false,
  });
});
afterAll(async () => {
  await project?.remove();
  await serving?.stop();
});

describe('the README', () => {
  it('has the commands on its first screen', () => {
    const screen = README.split('\n').slice(0, 24).join('\n');
    expect(screen).toContain('npm create tradepost my-app');
    expect(screen).toContain('npm ci && npm start');
    expect(screen).toContain('npm ci && npm test');
  });

  it('has code that is run by these tests, all of it, and commands', () => {
    expect(others).toEqual({});
    const languages = [...README.matchAll(/^```(\w+)(.*)$/gm)].map(([, language, name]) => `${language}${name}`);
    expect(languages.toSorted()).toEqual([
      'bash tour',
      'sh',
      'sh',
      'sh',
      'sh',
      'sh',
      'ts calls',
      'ts client',
      'ts server',
    ]);
  });

  it('installs what its server imports and needs, and nothing else', () => {
    const imported = [...`${server}${client}`.matchAll(/ from '([^']+)'/g)].map(([, name = '']) => name);
    const needs = ['createTradepost', ...imported].flatMap(name => (name in NEEDS ? NEEDS[name as Need] : []));
    const packages = [...imported.filter(name => !name.startsWith('tradepost')), ...needs];
    expect(/^npm install tradepost (.*)$/m.exec(README)?.[1]?.split(' ')).toEqual([...new Set(packages)].sort());
  });

  it('takes a tour that works as told', async () => {
    const script = tour.replace('http://127.0.0.1:3000', serving.origin);
    expect(script).toContain(serving.origin);
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

  it('has a server that compiles and answers, and calls that do what they say', async () => {
    const port = await freePort();
    const database = await freshDatabase(inject('postgresUrl'), `readme_${randomBytes(6).toString('hex')}`);
    onTestFinished(database.drop);
    const trade = `
      const bob = await tradepost.registerUser({ email: 'bob@example.org', username: 'bob', name: 'Bob', password: 'staple horse battery' });
      const card = await tradepost.addCard({ token, name: 'Dragon' });
      await tradepost.recordTrade({ token, cardId: card.id, recipient: { id: bob.id } });`;
    expect(server).toContain('8080');
    project.write({ 'server.ts': `${server.replace('8080', String(port))}${calls}${trade}` });
    expect(await project.compile(['server.ts'])).toBe('');
    const SESSION_SECRET = randomBytes(32).toString('base64url');
    const program = project.start(['server.js'], { DATABASE_URL: database.url, SESSION_SECRET });
    await program.printed(/^Dragon changed hands$/m);

    const url = `http://127.0.0.1:${port}`;
    const cookie = cookieOf(await send(url, '/api/login', { method: 'POST', body: ANN }));
    expect((await send(url, '/hello', { headers: { cookie } })).json).toEqual({ hello: 'Ann' });
    expect((await send(url, '/hello')).status).toBe(401);
    await program.stop();
  });

  it('has a client that compiles and is told of trades', async () => {
    const post = async (path: string, body: object, headers = {}) =>
      (await send(serving.origin, path, { method: 'POST', body, headers })).json;
    // The tour may have registered both.
    for (const username of ['ann', 'bob']) {
      await post('/register', { ...ANN, username, email: `${username}@example.org`, name: username });
    }
    expect(client).toContain('http://127.0.0.1:3000');
    const ready = `console.log('watching since', latest);`;
    project.write({ 'client.ts': `${client.replace('http://127.0.0.1:3000', serving.origin)}${ready}` });
    expect(await project.compile(['client.ts'])).toBe('');
    const program = project.start(['client.js']);
    await program.printed(/^watching since \S+$/m);
    const authorization = `Bearer ${(await post('/login', { ...ANN, delivery: 'token' })).token}`;
    const { id: cardId } = await post('/cards', { name: 'Phoenix' }, { authorization });
    await post('/trades', { cardId, recipient: { username: 'bob' } }, { authorization });
    await program.printed(/^\S+ Phoenix$/m);
    await program.stop();
  });

  it('names commands that there are', async () => {
    const names = [...README.matchAll(/^npx tradepost (\w+)/gm)].map(([, name = '']) => name);
    expect(names).toEqual(['serve', 'migrate', 'doctor', 'seed', 'copy']);
    for (const name of names) {
      expect(await run([name, '--help']), name).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`tradepost ${name}`),
      });
    }
  });
});
