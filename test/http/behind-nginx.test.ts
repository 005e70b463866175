import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cookieOf, stranger } from '../support/http/http-users.js';
import { expectAnswer, expectProblem } from '../support/http/requests.js';
import type { Project } from '../support/project.js';
import { blocksOf, createProject } from '../support/project.js';
import { freePort } from '../support/servers/free-port.js';
import type { Certificate, Nginx } from '../support/servers/nginx.js';
import { certify, remove, SITE, startNginx, temporaryFolder, untilOpen, Visitor } from '../support/servers/nginx.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { Client } from '../support/sockets/socket-client.js';
import { freshDatabase } from '../support/stores/temporary-stores.js';

const nginx = inject('nginx');
const { 'cards.conf': DOCUMENTED = '', 'try-it': TRY_IT = '' } = blocksOf('docs/proxies.md');
const README = blocksOf('README.md').server ?? '';

/** Replaces texts, each of which occurs once. */
function fill(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((filled, [from, to]) => {
    expect(filled.split(from), from).toHaveLength(2);
    return filled.replace(from, to);
  }, text);
}

const documented = (port: number, upstream: number, { certificate, key }: Certificate): string =>
  fill(DOCUMENTED, {
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/ssl/cards.example.org.pem': certificate,
    '/etc/ssl/private/cards.example.org.key': key,
    'http://127.0.0.1:8080': `http://127.0.0.1:${upstream}`,
  });

/** What many begin with: nginx then sends a Host of its own, and nothing about the client. */
const plain = (port: number, upstream: number, { certificate, key }: Certificate): string => `
server {
  listen 127.0.0.1:${port} ssl;
  ssl_certificate ${certificate};
  ssl_certificate_key ${key};
  location / { proxy_pass http://127.0.0.1:${upstream}; }
}`;

const portOf = ({ origin }: ServingProcess): number => Number(new URL(origin).port);

describe.skipIf(nginx === null)('behind nginx, which ends TLS', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let project: Project;
  let production: ServingProcess;
  let untrusting: ServingProcess;
  let proxy: Nginx;
  /** By way of nginx as it is documented to the README's server, by way of plain nginx to the same one, and so on. */
  let site: Visitor;
  let plainSite: Visitor;
  let plainProduction: Visitor;
  let plainUntrusting: Visitor;
  let documentedUntrusting: Visitor;
  /** Where nginx as it is documented leads to `tradepost serve`. */
  let servePort: number;
  const directory = nginx === null ? '' : temporaryFolder();

  beforeAll(async () => {
    database = await freshDatabase(inject('postgresUrl'), `nginx_${randomBytes(6).toString('hex')}`);
    const secret = randomBytes(32).toString('base64url');
    const ports = await Promise.all(Array.from({ length: 7 }, freePort));
    const [upstream = 0, first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = ports;
    servePort = sixth;

    project = createProject({ packages: ['express', 'pg', '@types/express', '@types/pg'], packed: false });
    project.write({ 'server.ts': fill(README, { '8080': String(upstream) }) });
    expect(await project.compile(['server.ts'])).toBe('');
    const server = project.start(['server.js'], { DATABASE_URL: database.url, SESSION_SECRET: secret });
    const common = { DATABASE_URL: 'memory:', SESSION_SECRETS: secret };
    [production, untrusting] = await Promise.all([
      serveInProcess({
        ...common,
        NODE_ENV: 'production',
        TRUST_PROXY: '127.0.0.1',
        ALLOWED_HOSTS: `${SITE},127.0.0.1`,
        ALLOWED_ORIGINS: `https://${SITE}:${third}`,
      }),
      serveInProcess({ ...common, ALLOWED_HOSTS: SITE }),
      untilOpen(upstream).catch(() => Promise.reject(new Error(server.output()))),
    ]);

    const certificate = certify(directory);
    const servers = [
      documented(first, upstream, certificate),
      plain(second, upstream, certificate),
      plain(third, portOf(production), certificate),
      plain(fourth, portOf(untrusting), certificate),
      ...[documented(fifth, portOf(untrusting), certificate), documented(sixth, portOf(production), certificate)].map(
        text => text.replace(/^map[\s\S]*?^}$/m, ''),
      ),
    ];
    proxy = await startNginx(nginx ?? '', directory, servers.join('\n'), ports.slice(1));
    const curlrc = `cacert = "${certificate.certificate}"\nresolve = "${SITE}:${sixth}:127.0.0.1"\n`;
    writeFileSync(join(directory, '.curlrc'), curlrc);
    const visit = (port: number): Visitor => new Visitor(port, certificate);
    [site, plainSite, plainProduction] = [visit(first), visit(second), visit(third)];
    [plainUntrusting, documentedUntrusting] = [visit(fourth), visit(fifth)];
  }, 120_000);

  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([production?.stop(), untrusting?.stop(), project?.remove()]);
    await database?.drop();
    remove(directory);
  });

  const logIn = async (visitor: Visitor, base = '') => {
    const person = stranger();
    const registered = await visitor.send(`${base}/register`, { method: 'POST', body: person });
    expectAnswer(registered, 201);
    const { email, password } = person;
    const answer = await visitor.send(`${base}/login`, { method: 'POST', body: { email, password } });
    expectAnswer(answer, 200);
    const [setCookie] = answer.headers['set-cookie'] ?? [];
    return { ...person, id: registered.json.id as string, cookie: cookieOf(answer), setCookie };
  };
  const addCard = (visitor: Visitor, headers: object, base = '') =>
    visitor.send(`${base}/cards`, { method: 'POST', headers: { ...headers }, body: { name: 'Ace' } });

  const SECURE = /^__Host-session=[^;]{40,}; Path=\/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax$/;

  describe('the README’s server, with nginx as docs/proxies.md has it', () => {
    test('sets a secure cookie, and knows its user by it', async () => {
      const { id, name, cookie, setCookie } = await logIn(site, '/api');
      expect(setCookie).toMatch(SECURE);
      expect((await site.send('/api/me', { headers: { cookie } })).json.user.id).toBe(id);
      expect((await site.send('/hello', { headers: { cookie } })).json).toEqual({ hello: name });
      expectProblem(await site.send('/hello'), 401, 'unauthenticated');
      const insecure = cookie.replace('__Host-', '');
      expectProblem(await site.send('/api/me', { headers: { cookie: insecure } }), 401, 'unauthenticated');
    });

    test('lets the site’s own pages change something, and no others', async () => {
      const { cookie } = await logIn(site, '/api');
      expectAnswer(await addCard(site, { cookie, origin: site.origin }, '/api'), 201);
      const { host, hostname } = new URL(site.origin);
      const foreign = ['https://evil.example', `http://${host}`, `https://${hostname}`, `https://www.${host}`, 'null'];
      for (const origin of foreign) {
        expectProblem(await addCard(site, { cookie, origin }, '/api'), 403, 'origin_forbidden');
      }
      expectProblem(await addCard(site, { cookie }, '/api'), 403, 'origin_forbidden');
    });

    test('does not believe what a client says about the proxy', async () => {
      const { cookie } = await logIn(site, '/api');
      const { host } = new URL(site.origin);
      const claims = [
        { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
        { origin: `http://${host}`, 'x-forwarded-proto': 'http' },
      ];
      for (const claim of claims) {
        expectProblem(await addCard(site, { cookie, ...claim }, '/api'), 403, 'origin_forbidden');
      }
    });

    test('opens a socket for a page of the site, and sends it trades as they are recorded', async () => {
      const bob = await logIn(site, '/api');
      const client = new Client(site.open('/api/ws', { cookie: bob.cookie, origin: site.origin }));
      await once(client.socket, 'open');
      await client.call('trades.watch');
      const ann = await logIn(site, '/api');
      const headers = { cookie: ann.cookie, origin: site.origin };
      const card = await addCard(site, headers, '/api');
      const body = { cardId: card.json.id, recipient: { id: bob.id } };
      const trade = await site.send('/api/trades', { method: 'POST', headers, body });
      expectAnswer(trade, 201);
      await expect.poll(() => client.trades).toEqual([trade.json.id]);
      client.socket.close();
      await client.closed;
    });

    test('opens no socket for a page of another site', async () => {
      const { cookie } = await logIn(site, '/api');
      const socket = site.open('/api/ws', { cookie, origin: 'https://evil.example' });
      const [error] = await once(socket, 'error');
      expect(String(error)).toContain('403');
    });
  });

  test('answers the requests of docs/proxies.md as the page says', async () => {
    const script = fill(TRY_IT, { 'https://cards.example.org': `https://${SITE}:${servePort}` });
    const env = { ...process.env, CURL_HOME: directory };
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-uc', `${script}\ntrue`], { env });
    const said = [...TRY_IT.matchAll(/^# (\d{3})(, twice)?/gm)].flatMap(([, status, twice]) =>
      twice ? [status, status] : [status],
    );
    expect(said).toEqual(['422', '403', '403', '101']);
    expect(stdout.trim().split('\n')).toEqual(said);
  });

  describe('a server behind nginx that sends nothing about the client', () => {
    test('sets a secure cookie in production all the same', async () => {
      const { id, cookie, setCookie } = await logIn(plainProduction);
      expect(setCookie).toMatch(SECURE);
      expect((await plainProduction.send('/me', { headers: { cookie } })).json.user.id).toBe(id);
      const { origin } = plainProduction;
      expectAnswer(await addCard(plainProduction, { cookie, origin }), 201);
      expectProblem(
        await addCard(plainProduction, { cookie, origin: 'https://evil.example' }),
        403,
        'origin_forbidden',
      );
    });

    test('takes itself for a server in development otherwise, and the site’s own pages for foreign', async () => {
      const { cookie, setCookie } = await logIn(plainSite, '/api');
      expect(setCookie).toMatch(/^session=(?!.*Secure)/);
      expectProblem(await addCard(plainSite, { cookie, origin: plainSite.origin }, '/api'), 403, 'origin_forbidden');
    });

    test('refuses the host name that nginx sends, unless it is allowed', async () => {
      expectProblem(await plainUntrusting.send('/me'), 421, 'misdirected_request');
    });
  });

  test('a server that does not trust nginx goes by its Host, and still sets a secure cookie', async () => {
    const { cookie, setCookie } = await logIn(documentedUntrusting);
    expect(setCookie).toMatch(SECURE);
    const { origin } = documentedUntrusting;
    expectProblem(await addCard(documentedUntrusting, { cookie, origin }), 403, 'origin_forbidden');
  });
});
