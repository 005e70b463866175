import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, register } from '../support/http/http-users.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { handshake } from '../support/sockets/raw-client.js';
import { Chance } from './chance.js';

/** `npm run fuzz` sets more. The seed is printed; FUZZ_SEED repeats a run. */
const CASES = Number(process.env.FUZZ_CASES ?? 1500);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_131);
const AT_ONCE = 24;
/** MiB. */
const MOST_GROWTH = 64;
/**
 * Node lets a heap grow by far more than what is in use. With this limit a leak ends the process, and what is measured from
 * outside is close to what is in use.
 */
const SMALL_HEAP = '--max-old-space-size=64 --max-semi-space-size=2';

let server: ServingProcess;
let authorization: string;
/** Names in the answers that made cards. */
const answered: string[] = [];

beforeAll(async () => {
  const quiet = { RATE_LIMITS: 'off', LOG_LEVEL: 'error' };
  server = await serveInProcess({ DATABASE_URL: 'memory:', NODE_OPTIONS: SMALL_HEAP, ...quiet });
  authorization = (await program(server.origin, await register(server.origin))).authorization;
});
afterAll(async () => void (await server.stop()));

const HOST = 'Host: 127.0.0.1\r\n';
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';

function card(name: string, chance: Chance): string {
  const body = JSON.stringify({ name });
  const head = `POST /cards HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nAuthorization: ${authorization}\r\n`;
  const offer = chance.one(['', '', '', H2C]);
  if (!chance.happens(0.3)) return `${head}${offer}Content-Length: ${body.length}\r\n\r\n${body}`;
  const cut = chance.below(body.length);
  const chunks = [body.slice(0, cut), body.slice(cut)].filter(part => part !== '');
  const chunked = chunks.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
  return `${head}${offer}Transfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`;
}

/** Ends with a checksum, because a mutation can turn one name into another. */
function nameOf(word: string, index: number, part: number): string {
  return `${word} ${index} ${part} ${index * 31 + part * 7}`;
}

function isWhole(name: string): boolean {
  const [word = '', index, part] = name.split(' ');
  return (word === 'case' || word === 'gone') && name === nameOf(word, Number(index), Number(part));
}

const OTHERS: readonly ((chance: Chance) => string)[] = [
  () => `GET /me HTTP/1.1\r\n${HOST}\r\n`,
  () => `GET /health/live HTTP/1.1\r\n${HOST}\r\n`,
  () => `HEAD /trades?limit=1 HTTP/1.1\r\n${HOST}Authorization: ${authorization}\r\n\r\n`,
  () => `OPTIONS /cards HTTP/1.1\r\n${HOST}Origin: https://x.example\r\n\r\n`,
  () => 'GET /nowhere HTTP/1.0\r\n\r\n',
  () => `GET /me HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  () => 'GET /me\r\n\r\n',
  () => `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`,
  () => `POST /login HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`,
  () =>
    `POST /login HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  () => `GET /cards?limit=%zz HTTP/1.1\r\n${HOST}Authorization: ${authorization}\r\n\r\n`,
  () => handshake(),
  () => handshake({ Origin: 'https://evil.example' }),
  () => handshake({ start: 'GET /x HTTP/1.1' }),
  chance => chance.bytes(chance.below(200)),
  chance => `\r\n${chance.bytes(chance.below(40))}`,
];

/** One connection: requests one behind the other, some of them mutated, cut at random positions. */
async function run(index: number, chance: Chance): Promise<void> {
  // Whether the client resets the connection: its cards may be made or not.
  const resets = chance.happens(0.15);
  const parts = Array.from({ length: 1 + chance.below(6) }, (_, part) =>
    chance.happens(0.35) ? card(nameOf(resets ? 'gone' : 'case', index, part), chance) : chance.one(OTHERS)(chance),
  );
  const sent = chance.happens(0.4) ? mutate(parts.join(''), chance) : parts.join('');
  const socket = connect({ port: Number(new URL(server.origin).port), host: '127.0.0.1', allowHalfOpen: true });
  const received: string[] = [];
  socket.setEncoding('latin1').on('data', chunk => received.push(String(chunk)));
  socket.on('error', () => undefined).once('end', () => socket.end());
  const closed = once(socket, 'close').catch(() => undefined);
  await once(socket, 'connect');
  for (const piece of cutIntoPieces(sent, chance)) {
    if (!socket.writable) break;
    socket.write(piece, 'latin1');
    if (chance.happens(0.3)) await new Promise(resolve => setImmediate(resolve));
  }
  if (resets) socket.resetAndDestroy();
  else socket.end();
  const late = setTimeout(() => socket.destroy(new Error('late')), 20_000);
  await closed;
  clearTimeout(late);
  const text = received.join('');
  const context = `case ${index} of seed ${SEED}\n${sent}\n---\n${text}`;
  expect(socket.errored?.message, context).not.toBe('late');
  for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) expect(Number(status), context).toBeLessThan(500);
  const names = [...text.matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name ?? '').filter(isWhole);
  // Answers come in the order of the requests, and none twice. A connection has at most six, so text order is theirs.
  expect(names, context).toEqual([...new Set(names)].sort());
  answered.push(...names);
}

function mutate(text: string, chance: Chance): string {
  const at = chance.below(text.length);
  const length = chance.below(12);
  const inserted = chance.one(['', chance.bytes(length), '\r\n', '\n', '\0', ' ']);
  return text.slice(0, at) + inserted + text.slice(at + chance.below(length + 1));
}

/** Whole, byte by byte, or cut at some positions. */
function cutIntoPieces(text: string, chance: Chance): string[] {
  if (chance.happens(0.5)) return [text];
  if (chance.happens(0.05)) return [...text];
  const cuts = Array.from({ length: chance.below(5) }, () => chance.below(text.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((start, index) => text.slice(start, cuts[index] ?? text.length));
}

async function readStoredNames(): Promise<string[]> {
  const names: string[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query: string = after === '' ? '' : `&after=${after}`;
    const answer = await fetch(`${server.origin}/cards?limit=100${query}`, { headers: { authorization } });
    const page = (await answer.json()) as { items: { name: string }[]; next: string | null };
    names.push(...page.items.map(({ name }) => name));
    after = page.next;
  }
  return names;
}

test(`${CASES} connections with hostile bytes: each request is answered once and in order, and the process lives`, async () => {
  console.error(`raw bytes: ${CASES} connections, seed ${SEED}`);
  const chance = new Chance(SEED);
  const warm = Math.min(500, CASES / 3);
  let before = Number.NaN;
  for (let done = 0; done < CASES; done += AT_ONCE) {
    if (Number.isNaN(before) && done >= warm) before = server.resident();
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => run(done + index, chance.fork())));
    expect(server.exited, server.output()).toBe(false);
  }
  const stored = (await readStoredNames()).filter(name => name.startsWith('case ') && isWhole(name));
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored.length).toBeGreaterThan(CASES / 4);
  const known = new Set(answered);
  expect(stored.filter(name => !known.has(name))).toEqual([]);
  await expect.poll(() => server.resident() - before, { timeout: 20_000 }).toBeLessThan(MOST_GROWTH);
}, 3_600_000);
