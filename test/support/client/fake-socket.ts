import { vi } from 'vitest';
import type { WebSocketConstructor, WebSocketLike } from '../../../src/adapters/client/index.js';
import { errorTable, type ProblemCode } from '../../../src/adapters/driving/operations/index.js';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason?: string }) => void;

/** A socket for the client; the test acts as network and server. */
export class FakeSocket implements WebSocketLike {
  readonly calls: Call[] = [];
  readonly terminate = vi.fn();
  closedWith: number | undefined;
  /** Closed by either end. */
  isOver = false;
  private readonly listeners: [type: string, listener: Listener][] = [];

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  addEventListener(type: string, listener: Listener): void {
    this.listeners.push([type, listener]);
  }

  send(text: string): void {
    this.calls.push(JSON.parse(text));
  }

  close(code: number): void {
    this.closedWith ??= code;
    this.isOver = true;
  }

  open(): void {
    this.emit('open');
  }

  end(code: number, reason = ''): void {
    this.isOver = true;
    this.emit('error');
    this.emit('close', { code, reason });
  }

  say(data: unknown): void {
    this.emit('message', { data });
  }

  /** Sends the notification of the trade with this number in the user's log. */
  tell(number: number): void {
    const params = { trade: { id: `trade ${number}` }, cursor: `t${number}` };
    this.say(JSON.stringify({ jsonrpc: '2.0', method: 'trades.recorded', params }));
  }

  answer(method: string, result: unknown): void {
    this.say(JSON.stringify({ jsonrpc: '2.0', id: this.last(method)?.id, result }));
  }

  refuse(method: string, code: ProblemCode, retryAfter?: number): void {
    const { status } = errorTable[code];
    const data = { code, status, detail: `refused: ${code}`, ...(retryAfter === undefined ? {} : { retryAfter }) };
    this.say(JSON.stringify({ jsonrpc: '2.0', id: this.last(method)?.id, error: { code: 0, message: '', data } }));
  }

  last(method: string): Call | undefined {
    return this.calls.findLast(call => call.method === method);
  }

  /** Opens and answers until the watch is live. It starts at the cursor. */
  async goLive(cursor: string, user = 'ann'): Promise<void> {
    this.open();
    this.answer(this.last('users.me') ? 'users.me' : 'sessions.resume', { user: { id: user } });
    await soon();
    this.answer('trades.watch', { cursor });
    await soon();
  }

  private emit(type: string, event: Partial<Parameters<Listener>[0]> = {}): void {
    for (const [of, listener] of this.listeners)
      if (of === type) listener({ data: undefined, code: 0, reason: '', ...event });
  }
}

export interface FakeNetwork {
  readonly WebSocket: WebSocketConstructor;
  /** In the order of opening. */
  readonly sockets: FakeSocket[];
  /** The socket that was opened last. */
  readonly socket: FakeSocket;
}

export function fakeNetwork(): FakeNetwork {
  const sockets: FakeSocket[] = [];
  class WebSocket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return {
    WebSocket,
    sockets,
    get socket() {
      const last = sockets.at(-1);
      if (!last) throw new Error('no socket was opened');
      return last;
    },
  };
}

/** With fake timers: waits for all work that needs no timer. */
export const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
