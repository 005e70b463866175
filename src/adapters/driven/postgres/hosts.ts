import { StorageUnavailable } from '../../../domain/errors.js';
import { pg } from '../../../peers/pg.js';
import type { HostChoice } from './location.js';

/** The host for new connections: after a failure to connect, the next one. */
export class Hosts {
  private index = 0;

  constructor(private readonly urls: HostChoice['urls']) {}

  get current(): string {
    return this.urls[this.index] ?? this.urls[0];
  }

  /** Many connections fail at once. Only those of the current host make the next one current. */
  leave(url: string): void {
    if (url === this.current) this.index = (this.index + 1) % this.urls.length;
  }
}

type Callback = (error: Error | null, client?: pg.Client) => void;

/**
 * A client that connects to the current host, and leaves it where it cannot connect or where the server refuses writes: one
 * round trip more for each new connection.
 */
export const clientOf = (hosts: Hosts): typeof pg.Client =>
  class extends pg.Client {
    private readonly url: string;

    constructor(options?: string | pg.ClientConfig) {
      const url = hosts.current;
      super({ ...(typeof options === 'object' ? options : {}), connectionString: url });
      this.url = url;
      // Until the pool has a listener of its own, a connection that breaks would end the process.
      this.on('error', () => undefined);
    }

    /** Every way of connecting: with a callback, as the pool does, and without. */
    override connect(...args: never[]): never {
      const [callback] = args as unknown as [Callback?];
      const connecting = this.connectToPrimary();
      if (!callback) return connecting as never;
      connecting.then(
        () => callback(null, this),
        (error: Error) => callback(error),
      );
      return undefined as never;
    }

    private async connectToPrimary(): Promise<this> {
      try {
        await super.connect();
        await refuseReadOnly(this);
        return this;
      } catch (error) {
        hosts.leave(this.url);
        void super.end().catch(() => undefined);
        throw error;
      }
    }
  };

/** @throws StorageUnavailable where the server of this connection refuses writes: a standby, or set to be read-only. */
export async function refuseReadOnly(client: pg.ClientBase): Promise<void> {
  const text = 'SHOW transaction_read_only';
  const { rows } = await client.query<{ transaction_read_only: string }>({ text, query_timeout: 3000 } as {
    text: string;
  });
  if (rows[0]?.transaction_read_only !== 'off') {
    throw new StorageUnavailable({ cause: new Error('the server is read-only, such as a standby') });
  }
}
