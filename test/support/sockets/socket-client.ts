import { get } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export interface Credentials {
  readonly token?: string;
  readonly cookie?: string;
  readonly origin?: string;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly code: string;
    readonly status: number;
    readonly retryAfter?: number;
    readonly errors?: unknown;
  };
}

export interface Answer {
  readonly jsonrpc: '2.0';
  readonly id?: string | number | null;
  readonly result?: unknown;
  readonly error?: RpcError;
  readonly method?: string;
  readonly params?: { readonly trade: { readonly id: string }; readonly cursor: string };
}

/** A minimal client that records everything it receives. */
export class Client {
  readonly received: Answer[] = [];
  readonly closed: Promise<number>;
  private readonly waiting = new Map<unknown, (answer: Answer) => void>();
  private lastId = 0;

  constructor(readonly socket: WebSocket) {
    socket.on('message', data => {
      const answer = JSON.parse(String(data)) as Answer;
      this.received.push(answer);
      this.waiting.get(answer.id)?.(answer);
    });
    socket.on('error', () => undefined);
    this.closed = new Promise(resolve => socket.once('close', resolve));
  }

  /** The ids of the trades in notifications, in order. */
  get trades(): string[] {
    return this.received.flatMap(({ method, params }) =>
      method === 'trades.recorded' && params ? params.trade.id : [],
    );
  }

  get lastCursor(): string | undefined {
    return this.received.findLast(({ method }) => method === 'trades.recorded')?.params?.cursor;
  }

  ask(method: string, params: object = {}): Promise<Answer> {
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.waiting.set(id, resolve);
      void this.closed.then(code => reject(new Error(`closed with ${code}`)));
    });
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return answer;
  }

  /** Returns the result or throws the error. */
  async call(method: string, params: object = {}): Promise<unknown> {
    const { error, result } = await this.ask(method, params);
    if (error) throw Object.assign(new Error(error.data.code), error);
    return result;
  }

  /** Sends text as it is and returns the next message. */
  async say(text: string | Buffer): Promise<Answer> {
    const before = this.received.length;
    this.socket.send(text);
    while (this.received.length === before) await new Promise(resolve => setTimeout(resolve, 2));
    return this.received[before] as Answer;
  }
}

const optionsOf = ({ token, cookie, origin, headers = {} }: Credentials): ClientOptions => ({
  headers: {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie }),
    ...headers,
  },
  ...(origin === undefined ? {} : { origin }),
});

export async function connect(url: string, credentials: Credentials = {}): Promise<Client> {
  const socket = new WebSocket(url, credentials.protocols ?? ['tradepost.v1'], optionsOf(credentials));
  const client = new Client(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  onTestFinished(() => socket.terminate());
  return client;
}

export interface Refused {
  readonly status: number;
  readonly type: string | undefined;
  readonly code: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** Returns the HTTP response to a refused handshake. */
export const refusal = (url: string, credentials: Credentials = {}): Promise<Refused> =>
  new Promise((resolve, reject) => {
    const protocols = credentials.protocols ?? ['tradepost.v1'];
    const { headers = {}, origin } = optionsOf(credentials);
    const request = get(url.replace('ws:', 'http:'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocols.length > 0 ? { 'sec-websocket-protocol': protocols.join(', ') } : {}),
        ...(origin === undefined ? {} : { origin }),
        ...(headers as Record<string, string>),
      },
    });
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the handshake was accepted'));
    });
    request.once('error', reject);
    request.once('response', response => {
      let body = '';
      response.on('data', chunk => {
        body += chunk;
      });
      response.once('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        const code = body.startsWith('{') ? (JSON.parse(body) as { code: string }).code : body;
        resolve({ status, type: answered['content-type'], code, headers: answered });
      });
    });
  });

export const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));
