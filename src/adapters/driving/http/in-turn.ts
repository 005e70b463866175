import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Unanswered } from '../web/unanswered.js';

/** Requests of one connection that may wait for the current one. With more, the server stops reading from it. */
export const MAX_PIPELINED = 15;
/** Waiting requests of all connections together. A connection that exceeds this is ended. */
const MAX_WAITING = 20_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Turn {
  current: Exchange | null;
  readonly waiting: Exchange[];
  /** Whether no further request is begun, because an answer ended the connection or the rest cannot be parsed. */
  ended: boolean;
  /** Called after each answer. */
  readonly onAnswered: Set<() => void>;
}

/**
 * Handles the requests of a connection one after the other, each when the one before is answered (pipelining, RFC 9112,
 * 9.3.2). This keeps answers in order, carries out nothing after an answer that ends the connection, and buffers only
 * one answer for a peer that sends many requests and does not read.
 */
export class InTurn implements Unanswered {
  private readonly turns = new WeakMap<Duplex, Turn>();
  private readonly current = new Set<Exchange>();
  private waiting = 0;
  private draining = false;

  constructor(private readonly listener: RequestListener) {}

  readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const turn = this.turnOf(socket);
    if (turn.ended) return;
    if (turn.current) this.wait(turn, { request, response });
    else this.begin(turn, { request, response });
  };

  private wait(turn: Turn, exchange: Exchange): void {
    const { socket } = exchange.request;
    turn.waiting.push(exchange);
    this.waiting += 1;
    if (this.waiting > MAX_WAITING) socket.destroy();
    else if (turn.waiting.length >= MAX_PIPELINED) socket.pause();
  }

  /** From now on every answer ends its connection, unless more requests of the connection wait. */
  drain(): void {
    this.draining = true;
    for (const exchange of this.current) this.announceEnd(exchange);
  }

  /**
   * For a connection with input that cannot be parsed: begins only requests that were received completely, and settles
   * when they are answered. Returns false if a part of an answer was sent, so that nothing else may be sent.
   */
  async finish(socket: Duplex): Promise<boolean> {
    const turn = this.turnOf(socket);
    const broken = turn.waiting.findIndex(({ request }) => !request.complete);
    if (broken !== -1) this.drop(turn, broken);
    // A request with an incomplete body is not waited for, because it may never be answered.
    while (turn.current?.request.complete) await new Promise<void>(resolve => turn.onAnswered.add(resolve));
    turn.ended = true;
    return turn.current?.response.headersSent !== true;
  }

  /** Settles when all requests received over the connection so far are answered, or when the connection is closed. */
  async settled(socket: Duplex): Promise<void> {
    const turn = this.turns.get(socket);
    while (turn?.current) await new Promise<void>(resolve => turn.onAnswered.add(resolve));
  }

  private begin(turn: Turn, exchange: Exchange): void {
    turn.current = exchange;
    this.current.add(exchange);
    if (this.draining) this.announceEnd(exchange);
    exchange.response.once('close', () => this.onAnswered(turn, exchange));
    this.listener(exchange.request, exchange.response);
  }

  private onAnswered(turn: Turn, exchange: Exchange): void {
    const { socket } = exchange.request;
    this.current.delete(exchange);
    turn.current = null;
    if (socket.destroyed || socket.writableEnded) turn.ended = true;
    if (turn.ended) this.drop(turn, 0);
    const next = turn.waiting.shift();
    if (next) {
      this.waiting -= 1;
      this.begin(turn, next);
    }
    if (socket.isPaused() && turn.waiting.length < MAX_PIPELINED) socket.resume();
    const listeners = [...turn.onAnswered];
    turn.onAnswered.clear();
    for (const listener of listeners) listener();
  }

  private announceEnd({ request, response }: Exchange): void {
    if (response.headersSent || this.turnOf(request.socket).waiting.length > 0) return;
    response.setHeader('Connection', 'close');
  }

  private drop(turn: Turn, from: number): void {
    this.waiting -= turn.waiting.splice(from).length;
  }

  private turnOf(socket: Duplex): Turn {
    const known = this.turns.get(socket);
    if (known) return known;
    const turn: Turn = { current: null, waiting: [], ended: false, onAnswered: new Set() };
    this.turns.set(socket, turn);
    return turn;
  }
}
