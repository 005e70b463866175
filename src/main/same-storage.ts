import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StorageAddress } from './storage-url.js';

/**
 * Whether two addresses name one store, as far as that can be seen by looking at them: users, passwords and settings
 * aside. Two names for one machine look like two stores; a copy between those is refused for the target not being empty.
 */
export const isSameStorage = (one: StorageAddress, other: StorageAddress): boolean => placeOf(one) === placeOf(other);

function placeOf(address: StorageAddress): string {
  switch (address.kind) {
    case 'memory':
      return 'memory';
    case 'embedded':
      return `embedded ${realPath(resolve(address.directory))}`;
    case 'postgres': {
      const { hostname, port, pathname } = new URL(address.url);
      return `postgres ${hostname.toLowerCase()}:${port || '5432'}${pathname}`;
    }
    case 'mongo': {
      const { hosts = '', database } = MONGO.exec(address.url)?.groups ?? {};
      return `mongo ${hosts.toLowerCase().split(',').map(withPort).sort()}/${database || 'tradepost'}`;
    }
  }
}

const MONGO = /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?(?<hosts>[^@/?]+)(?:\/(?<database>[^/?]*))?/;

const withPort = (host: string): string => (/:\d+$/.test(host) ? host : `${host}:27017`);

/** A directory that does not exist yet is no other's alias. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
