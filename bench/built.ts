import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The built product's exports. Types come from its sources, code from dist/. */
const load = (file: string): Promise<unknown> => import(pathToFileURL(resolve('dist', file)).href);

export const built = {
  tradepost: () => load('index.js') as Promise<typeof import('../src/index.js')>,
  postgres: () =>
    load('adapters/driven/postgres/index.js') as Promise<typeof import('../src/adapters/driven/postgres/index.js')>,
  mongo: () =>
    load('adapters/driven/mongo/index.js') as Promise<typeof import('../src/adapters/driven/mongo/index.js')>,
};
