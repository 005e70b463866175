import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memory } from '../../../src/adapters/driven/memory/index.js';
import type { WebOptions } from '../../../src/adapters/driving/http/index.js';
import { httpHandler } from '../../../src/adapters/driving/http/index.js';
import type { StorageConnector, Tradepost, TradepostOptions } from '../../../src/index.js';
import { createTradepost } from '../../../src/index.js';
import { cheapHashing } from '../cheap-hashing.js';

export const SECRET = 'a secret of the tests, thirty-two bytes and more';

export const freshSchema = (): string => `acc_${randomBytes(6).toString('hex')}`;

export interface Listening {
  readonly url: string;
  stop(): Promise<void>;
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface Serving extends Listening {
  readonly tradepost: Tradepost;
}

interface Settings extends Partial<WebOptions>, Omit<TradepostOptions, 'storage'> {
  readonly storage?: StorageConnector;
}

/** Serves only the handler on a server of `node:http`. */
export async function serve({ storage = memory(), ...rest }: Settings = {}): Promise<Serving> {
  const tradepost = await createTradepost({ storage, hashing: cheapHashing, rateLimits: 'off', ...rest });
  const listening = await listen(handlerFor(tradepost, rest));
  return {
    ...listening,
    tradepost,
    stop: async () => {
      await listening.stop();
      await tradepost.close();
    },
  };
}

export function handlerFor(tradepost: Tradepost, options: Partial<WebOptions> = {}): RequestListener {
  const handler = httpHandler(tradepost, { secrets: [SECRET], ...options });
  return (request, response) => handler(request, response);
}
