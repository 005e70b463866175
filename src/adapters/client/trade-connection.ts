import { CALLER_OPERATION } from '../driving/operations/surface.js';
import { SOCKET_METHODS, TRADE_NOTIFICATION } from '../driving/websocket/protocol.js';
import type { WatchedTrade } from './client.js';
import type { ClientError } from './errors.js';
import { asClientError, unreachable } from './errors.js';
import type { Credentials } from './http.js';
import type { RpcSocketParts } from './rpc-socket.js';
import { RpcSocket } from './rpc-socket.js';

export interface ConnectionParts extends RpcSocketParts {
  /** The socket's URL. */
  readonly url: URL;
  /** Milliseconds until the watch must be live. */
  readonly timeout: number;
}

export interface ConnectionListener {
  /** Called with the user whose trades will be delivered. @throws ClientError to refuse them */
  onUser(id: string): void;
  onLive(cursor: string): void;
  onTrade(event: WatchedTrade): void;
}

/** The part of the caller's description that the client uses. */
export interface Me {
  readonly user: { readonly id: string };
}

/** One socket with one watch, from opening to its end. */
export class TradeConnection {
  /** Whether the watch was ever live. */
  wasLive = false;
  private readonly socket: RpcSocket;

  constructor(
    private readonly parts: ConnectionParts,
    private readonly credentials: Credentials,
    private readonly listener: ConnectionListener,
  ) {
    this.socket = new RpcSocket(urlFor(parts.url, credentials), parts, (method, params) => {
      // A later version of the protocol may have other notifications.
      if (method === TRADE_NOTIFICATION) listener.onTrade(params as WatchedTrade);
    });
  }

  /** Whether the handshake succeeded. */
  get wasOpen(): boolean {
    return this.socket.wasOpen;
  }

  /** Returns the reason when the connection is over. */
  async run(after: string | undefined): Promise<ClientError> {
    const late = unreachable('Tradepost did not answer in time.');
    const deadline = setTimeout(() => this.socket.drop(late), this.parts.timeout);
    const stopHeartbeat = startHeartbeat(this.socket);
    try {
      const cursor = await this.start(after);
      // The socket may have been dropped since the answer arrived.
      if (!this.socket.isOver) {
        this.wasLive = true;
        this.listener.onLive(cursor);
      }
    } catch (error) {
      this.socket.drop(asClientError(error));
    }
    clearTimeout(deadline);
    const reason = await this.socket.closed;
    stopHeartbeat();
    return reason;
  }

  drop(): void {
    this.socket.drop(unreachable('The connection is no longer needed.'));
  }

  private async start(after: string | undefined): Promise<string> {
    const { token } = this.credentials;
    const identifying =
      token === null ? this.socket.call(CALLER_OPERATION) : this.socket.call(SOCKET_METHODS.resume, { token });
    const { user } = (await identifying) as Me;
    this.listener.onUser(user.id);
    const watching = this.socket.call(SOCKET_METHODS.watch, after === undefined ? {} : { after });
    const { cursor } = (await watching) as { cursor: string };
    this.parts.debug('watching', { after: after ?? null, cursor });
    return cursor;
  }
}

/** Browsers add the cookie by themselves, so a client whose session is a token makes the server ignore the cookie. */
function urlFor(url: URL, { cookie }: Credentials): URL {
  const own = new URL(url);
  if (!cookie) own.searchParams.set('cookie', 'ignore');
  return own;
}

/** Milliseconds between pings, and for the answer to one. */
const PING_INTERVAL = 25_000;
const PING_PATIENCE = 10_000;

/**
 * Drops a socket whose server does not answer: a broken network reports nothing, and browsers hide the server's pings.
 * Returns the function that ends it.
 */
function startHeartbeat(socket: RpcSocket): () => void {
  const ping = async (): Promise<void> => {
    const silence = setTimeout(() => socket.drop(unreachable('Tradepost did not answer a ping.')), PING_PATIENCE);
    // A refusal also shows that the connection works.
    await socket.call(SOCKET_METHODS.ping).catch(() => undefined);
    clearTimeout(silence);
  };
  const timer = setInterval(() => void ping(), PING_INTERVAL);
  return () => clearInterval(timer);
}
