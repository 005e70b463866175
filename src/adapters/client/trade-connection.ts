import type { ClientError } from './errors.js';
import { asClientError, unreachable } from './errors.js';
import { startHeartbeat } from './heartbeat.js';
import type { Credentials } from './http.js';
import { RpcSocket } from './rpc-socket.js';
import type { TradeEvent } from './watcher.js';
import type { WebSocketConstructor } from './web-socket.js';

export interface ConnectionParts {
  /** Of the socket. */
  readonly url: URL;
  readonly WebSocket: WebSocketConstructor;
  /** Milliseconds until trades have to come. */
  readonly timeout: number;
}

export interface ConnectionListener {
  /** Whose trades they will be. @throws ClientError where they are not to come */
  onUser(id: string): void;
  onLive(cursor: string): void;
  onTrade(event: TradeEvent): void;
}

export interface Me {
  readonly user: { readonly id: string };
}

/** One socket on which trades are watched, from the first moment to the last. */
export class TradeConnection {
  /** Whether trades came, or would have. */
  wasLive = false;
  private readonly socket: RpcSocket;

  constructor(
    private readonly parts: ConnectionParts,
    private readonly credentials: Credentials,
    private readonly listener: ConnectionListener,
  ) {
    this.socket = new RpcSocket(addressFor(parts.url, credentials), parts.WebSocket, (method, params) => {
      // A later version of the protocol may tell of other things too.
      if (method === 'trades.recorded') listener.onTrade(params as TradeEvent);
    });
  }

  /** Answers when it is over, with why it is. */
  async run(after: string | undefined): Promise<ClientError> {
    const late = unreachable('Tradepost did not answer in time.');
    const deadline = setTimeout(() => this.socket.drop(late), this.parts.timeout);
    const stopHeartbeat = startHeartbeat(this.socket);
    try {
      const cursor = await this.begin(after);
      // It may have been dropped since the answer came.
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
    this.socket.drop(unreachable('The connection was given up.'));
  }

  private async begin(after: string | undefined): Promise<string> {
    const { token } = this.credentials;
    const asking = token === null ? this.socket.call('users.me') : this.socket.call('sessions.resume', { token });
    const { user } = (await asking) as Me;
    this.listener.onUser(user.id);
    const watching = this.socket.call('trades.watch', after === undefined ? {} : { after });
    return ((await watching) as { cursor: string }).cursor;
  }
}

/** A browser sends the cookie unasked, also where a token is to be the session; the server is told not to take it. */
function addressFor(url: URL, { cookie }: Credentials): string {
  const address = new URL(url);
  if (!cookie) address.searchParams.set('cookie', 'ignore');
  return address.href;
}
