import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { addCard, program, register } from '../support/http/http-users.js';
import type { Answer, Outgoing } from '../support/http/requests.js';
import { send } from '../support/http/requests.js';
import { serveInProcess } from '../support/servers/processes.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

/** Seconds; `npm run soak` sets 300, in which as much happens as in an hour of ordinary use. */
const SECONDS = Number(process.env.TEST_SOAK ?? 12);
const IS_LONG = process.env.TEST_SOAK !== undefined;
/** Seconds until code is compiled and pools are full: the first minute of five. */
const WARM_UP = SECONDS / (IS_LONG ? 5 : 2);
/** How much the resident memory may grow after the warm-up. In a short run the heap is not yet as large as it gets. */
const GROWTH = IS_LONG ? 1.1 : 1.5;
/** Open files that may come and go: connections to the database are renewed. */
const SPARE_FILES = 4;
const SAMPLES = 10;

interface Sample {
  readonly seconds: number;
  readonly resident: number;
  readonly files: number;
  readonly requests: number;
  readonly trades: number;
  readonly sockets: number;
}

const CAN_RUN = process.platform === 'linux';
if (!CAN_RUN)
  console.error('NOT RUN: test/soak: memory and open files of a process are found in /proc, which only Linux has.');

const stores = temporaryStores();

test.skipIf(!CAN_RUN)(
  `${SECONDS} s of mixed load: memory does not grow, and no handle stays open`,
  { timeout: (SECONDS + 60) * 1000 },
  async () => {
    const server = await serveInProcess({ DATABASE_URL: await stores.postgres(), RATE_LIMITS: 'off' });
    onTestFinished(async () => void (await server.stop()));
    const { origin, url } = server;
    const filesOf = (): number => readdirSync(`/proc/${server.child.pid}/fd`).length;
    const count = { requests: 0, trades: 0, sockets: 0 };
    const request = async (path: string, outgoing: Outgoing, status: number): Promise<Answer> => {
      count.requests += 1;
      const answer = await send(origin, path, outgoing);
      // A busy machine may keep the database from answering in time, which is not what this test is about.
      if (answer.status !== 503) expect(answer.status, answer.text).toBe(status);
      return answer;
    };
    const until = performance.now() + SECONDS * 1000;
    const repeat = async (work: () => Promise<unknown>): Promise<void> => {
      while (performance.now() < until) {
        await work();
        await sleep(5);
      }
    };
    const newUser = async () => {
      const person = await register(origin);
      return { ...person, headers: await program(origin, person) };
    };

    const trade = async (): Promise<void> => {
      const [ann, bob] = [await newUser(), await newUser()];
      const cardId = await addCard(origin, ann.headers);
      let [sender, recipient] = [ann, bob];
      await repeat(async () => {
        const body = { cardId, recipient: { id: recipient.id } };
        const { status } = await request('/trades', { method: 'POST', headers: sender.headers, body }, 201);
        if (status !== 201) return;
        count.trades += 1;
        [sender, recipient] = [recipient, sender];
      });
    };
    const read = async (): Promise<void> => {
      const { headers } = await newUser();
      await repeat(async () => {
        await request('/trades?limit=10', { headers }, 200);
        await request('/cards', { headers }, 200);
        await request('/cards', { method: 'POST', headers, body: { name: '' } }, 422);
      });
    };
    const comeAndGo = async (): Promise<void> => {
      const person = await newUser();
      await repeat(async () => {
        const headers = await program(origin, person).catch(() => null);
        if (headers?.authorization.endsWith('undefined')) return;
        await request('/sessions', { headers: { ...headers } }, 200);
        await request('/logout', { method: 'POST', headers: { ...headers } }, 204);
      });
    };
    const watch = async (): Promise<void> => {
      const { headers } = await newUser();
      await repeat(async () => {
        const socket = new WebSocket(url, 'tradepost.v1', { headers });
        const closed = once(socket, 'close');
        socket.on('error', () => undefined);
        socket.once('open', () => socket.send('{"jsonrpc":"2.0","id":1,"method":"trades.watch"}'));
        socket.once('message', () => {
          count.sockets += 1;
          // Every other one vanishes without a close frame.
          if (count.sockets % 2 === 0) socket.terminate();
          else socket.close();
        });
        await closed;
      });
    };

    const sampleOf = (seconds: number): Sample => ({
      seconds,
      resident: Math.round(server.resident()),
      files: filesOf(),
      ...count,
    });
    const samples: Sample[] = [];
    const sampling = (async () => {
      for (let sample = 0; sample <= SAMPLES; sample += 1) {
        const seconds = WARM_UP + ((SECONDS - WARM_UP) * sample) / SAMPLES;
        await sleep(Math.max(0, until - (SECONDS - seconds) * 1000 - performance.now()));
        samples.push(sampleOf(Math.round(seconds)));
      }
    })();
    const before = filesOf();
    await Promise.all([trade(), trade(), read(), read(), comeAndGo(), watch(), watch(), sampling]);
    if (IS_LONG) process.stdout.write(formatTable(samples));

    // The load's own connections are closed after 5 s without requests, and those to the database stay.
    const pool = 10 + 1;
    await expect.poll(filesOf, { timeout: 20_000 }).toBeLessThanOrEqual(before + pool + SPARE_FILES);
    // The mean of a third of the samples, because garbage is collected now and then.
    const third = Math.ceil(samples.length / 3);
    const mean = (some: readonly Sample[]): number =>
      some.reduce((sum, { resident }) => sum + resident, 0) / some.length;
    const [first, last] = [mean(samples.slice(0, third)), mean(samples.slice(-third))];
    expect(last / first, formatTable(samples)).toBeLessThan(GROWTH);
    expect(Math.min(count.trades, count.sockets, count.requests)).toBeGreaterThan(SECONDS);
    expect(server.exited).toBe(false);
  },
);

function formatTable(samples: readonly Sample[]): string {
  const heads = {
    seconds: 'seconds',
    resident: 'resident, MiB',
    files: 'open files',
    requests: 'requests',
    trades: 'trades',
    sockets: 'sockets',
  };
  const keys = Object.keys(heads) as (keyof Sample)[];
  const lines = [
    Object.values(heads),
    keys.map(() => '---:'),
    ...samples.map(sample => keys.map(key => `${sample[key]}`)),
  ];
  return lines.map(line => `| ${line.join(' | ')} |\n`).join('');
}
