import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../src/adapters/client/index.js';
import { program, register } from '../support/http/http-users.js';
import type { Answer, Outgoing } from '../support/http/requests.js';
import { send } from '../support/http/requests.js';
import { freePort } from '../support/servers/free-port.js';
import { remove, startNginx, temporaryFolder } from '../support/servers/nginx.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

/** `TEST_RESTARTS=6` for the long form. */
const RESTARTS = Number(process.env.TEST_RESTARTS ?? 2);
const WRITERS = 4;
const READERS = 4;
/** Milliseconds between a client's requests, so that the database keeps up while servers start. */
const PAUSE = 20;
const WATCHERS = 4;
const SESSION_SECRETS = 'the secret of both servers has more than 32 bytes';

const nginx = inject('nginx');
const stores = temporaryStores();

describe.skipIf(nginx === null)('examples/two-servers', () => {
  const directory = temporaryFolder();
  const ports: number[] = [];
  const servers: ServingProcess[] = [];
  let origin: string;
  let serve: (port: number) => Promise<ServingProcess>;

  beforeAll(async () => {
    const databaseUrl = await stores.postgres();
    serve = port =>
      serveInProcess({
        DATABASE_URL: databaseUrl,
        SESSION_SECRETS,
        PORT: `${port}`,
        TRUST_PROXY: '127.0.0.1',
        ALLOWED_HOSTS: '127.0.0.1',
      });
    const [one, two, entrance] = [await freePort(), await freePort(), await freePort()];
    ports.push(one, two);
    // In turn, because the first creates the tables.
    for (const port of ports) servers.push(await serve(port));
    const configuration = readFileSync('examples/two-servers/nginx.conf', 'utf8')
      .replace('127.0.0.1:3001', `127.0.0.1:${one}`)
      .replace('127.0.0.1:3002', `127.0.0.1:${two}`)
      .replace('listen 127.0.0.1:8080', `listen 127.0.0.1:${entrance}`);
    const proxy = await startNginx(nginx ?? '', directory, configuration, [entrance]);
    afterAll(proxy.stop);
    origin = `http://127.0.0.1:${entrance}`;
  }, 60_000);
  afterAll(async () => {
    for (const server of servers) await server.stop();
    remove(directory);
  });

  test(`${RESTARTS} rolling restarts under load: no request fails, no trade is lost or doubled, watchers get all`, {
    timeout: 60_000 + RESTARTS * 20_000,
  }, async () => {
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const failures: string[] = [];
    let requests = 0;
    const request = async (path: string, outgoing: Outgoing): Promise<Answer | undefined> => {
      requests += 1;
      const answer = await send(origin, path, outgoing).catch((error: Error) => error);
      if ('status' in answer && answer.status >= 200 && answer.status < 300) return answer;
      failures.push(`${outgoing.method ?? 'GET'} ${path}: ${'status' in answer ? answer.text : answer.message}`);
      return undefined;
    };

    const [ann, bob] = [await newUser(), await newUser()];
    const received = Array.from({ length: WATCHERS }, (): string[] => []);
    for (const trades of received) {
      const client = createClient({ url: origin, token: ann.token, WebSocket });
      const watch = client.watchTrades(({ id }) => void trades.push(id), { after: 't0' });
      onTestFinished(() => watch.stop());
    }

    const recorded: string[] = [];
    const write = async (): Promise<void> => {
      const headers = { ...ann.headers, 'idempotency-key': randomUUID() };
      const card = await request('/cards', { method: 'POST', headers, body: { name: 'Ace' } });
      if (!card) return;
      const cardId = card.json.id;
      let [sender, recipient] = [ann, bob];
      while (!stop.signal.aborted) {
        const headers = { ...sender.headers, 'idempotency-key': randomUUID() };
        const body = { cardId, recipient: { id: recipient.id } };
        const answer = await request('/trades', { method: 'POST', headers, body });
        if (!answer) continue;
        recorded.push(answer.json.id);
        [sender, recipient] = [recipient, sender];
        await sleep(PAUSE);
      }
    };
    const read = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await request('/trades', { headers: bob.headers });
        await sleep(PAUSE);
      }
    };
    const load = Promise.all([...Array.from({ length: WRITERS }, write), ...Array.from({ length: READERS }, read)]);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      for (const [index, port] of ports.entries()) {
        const before = recorded.length;
        await expect.poll(() => recorded.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
        expect(await servers[index]?.stop('SIGTERM'), servers[index]?.output()).toBe(0);
        servers[index] = await serve(port);
        const ready = async () => (await send(`http://127.0.0.1:${port}`, '/health/ready')).status;
        await expect.poll(ready, { timeout: 20_000 }).toBe(200);
      }
    }
    stop.abort();
    await load;

    expect(failures.slice(0, 5)).toEqual([]);
    const log = await readLog(ann.headers);
    expect(log).toHaveLength(recorded.length);
    expect([...log].sort()).toEqual([...recorded].sort());
    for (const trades of received) await expect.poll(() => trades, { timeout: 10_000 }).toEqual(log);
    console.error(`${RESTARTS} rolling restarts: ${requests} requests, ${recorded.length} of them trades, 0 failed`);
  });

  async function newUser() {
    const person = await register(origin);
    const headers = await program(origin, person);
    return { id: person.id, headers, token: headers.authorization.replace('Bearer ', '') };
  }

  /** The ids of all trades, oldest first. */
  async function readLog(headers: { authorization: string }): Promise<string[]> {
    const ids: string[] = [];
    let after = '';
    for (;;) {
      const { json } = await send(origin, `/trades?limit=100${after}`, { headers });
      ids.push(...json.items.map(({ id }: { id: string }) => id));
      if (json.next === null) return ids.reverse();
      after = `&after=${encodeURIComponent(json.next)}`;
    }
  }
});
