import { once } from 'node:events';
import { connect } from 'node:net';
import type { HttpRequest } from '../load/generator.js';

/** An HTTP answer, byte for byte as it was received. */
export interface Answer {
  readonly bytes: Buffer;
  readonly status: number;
  /** In the order and spelling received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Sends one request over a new connection, with keep-alive as the load generator. */
export async function fetchAnswer(origin: string, { method, path, headers, body = '' }: HttpRequest): Promise<Answer> {
  const { hostname, port, host } = new URL(origin);
  const length = body ? [`content-length: ${Buffer.byteLength(body)}`] : [];
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer from ${origin}${path}`)));
  await once(socket, 'connect');
  socket.write([`${method} ${path} HTTP/1.1`, ...lines, ...length, '', body].join('\r\n'));
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const answer = readAnswer(bytes);
    if (answer) return answer;
  }
  throw new Error(`${method} ${origin}${path}: the connection was closed before the answer was complete:\n${bytes}`);
}

const header = (answer: Pick<Answer, 'headers'>, wanted: string): string | undefined =>
  answer.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

/** Returns null while the answer is incomplete. */
function readAnswer(bytes: Buffer): Answer | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const length = header({ headers }, 'content-length');
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${bytes}`);
  const body = bytes.subarray(end + 4);
  if (body.length < Number(length)) return null;
  return { bytes, status: Number(statusLine.split(' ')[1]), headers, body: body.toString() };
}

/** Tells a hand-written server which status and headers to return. */
export interface AnswerTemplate {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/** Headers that Node adds itself. */
const AUTOMATIC = new Set(['date', 'connection', 'keep-alive']);

export const templateOf = ({ status, headers }: Answer): AnswerTemplate => ({
  status,
  headers: headers.filter(([name]) => !AUTOMATIC.has(name.toLowerCase())).flat(),
});

/** Returns the milliseconds that the server keeps an idle connection, from its `Keep-Alive` header. */
export const keepAliveTimeoutOf = (answer: Answer): number =>
  Number(/timeout=(\d+)/.exec(header(answer, 'keep-alive') ?? '')?.[1] ?? 5) * 1000;

export const headerOf = header;
