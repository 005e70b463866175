import { loadPeer, requirePeers } from '../../../peers/peers.js';

export const DEFAULT_DATABASE = 'tradepost';
const DEFAULT_PORT = '27017';

export interface MongoLocation {
  /** `host` or `host:port`, as the URL has them: several for a replica set. */
  readonly hosts: readonly string[];
  /** Null where the URL names none. */
  readonly database: string | null;
}

/**
 * Returns the hosts and the database of a MongoDB URL, without credentials; null if it cannot be parsed.
 *
 * @throws MissingPeers
 */
export function locationOf(url: string): MongoLocation | null {
  // Loading the parser takes 26 ms and 10 MB, so it is loaded only for a URL of MongoDB.
  requirePeers('tradepost/mongo');
  const { ConnectionString } = loadPeer<typeof import('mongodb-connection-string-url')>(
    'mongodb-connection-string-url',
  );
  try {
    const { hosts, pathname } = new ConnectionString(url);
    return { hosts, database: decodeURIComponent(pathname.slice(1)) || null };
  } catch {
    return null;
  }
}

/** Returns the same text for all URLs of one database: ignores credentials, settings, case, order and default ports. */
export function identityOf(url: string): string {
  const { hosts = [], database } = locationOf(url) ?? {};
  const servers = hosts.map(host => (/:\d+$/.test(host) ? host : `${host}:${DEFAULT_PORT}`).toLowerCase());
  return `${servers.sort()}/${database ?? DEFAULT_DATABASE}`;
}
