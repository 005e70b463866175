import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import express from 'express';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { HttpOptions } from '../../src/adapters/driving/http/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import type { StorageConnector, Tradepost, TradepostOptions } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';

export const SECRET = 'a secret of the tests, thirty-two bytes and more';

/** As cheap as argon2 allows: what is tested is not how long it takes. */
export const hashing = { memoryCost: 1024, timeCost: 1, parallelism: 1, waiting: 2000, patience: 60_000 };

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

interface Settings extends Partial<HttpOptions>, Omit<TradepostOptions, 'storage'> {
  readonly storage?: StorageConnector;
  readonly trustProxy?: string;
}

/** Tradepost with nothing around it. */
export async function serve({ storage = memory(), trustProxy, ...rest }: Settings = {}): Promise<Serving> {
  const tradepost = await createTradepost({ storage, hashing, ...rest });
  const listening = await listen(application(tradepost, rest, trustProxy));
  return {
    ...listening,
    tradepost,
    stop: async () => {
      await listening.stop();
      await tradepost.close();
    },
  };
}

export function application(tradepost: Tradepost, options: Partial<HttpOptions> = {}, trustProxy?: string): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use(httpHandler(tradepost, { secrets: [SECRET], unknownRoutes: 'refuse', ...options }));
  return app;
}
