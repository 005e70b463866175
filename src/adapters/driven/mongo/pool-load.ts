import type { MongoClient } from 'mongodb';
import type { PoolLoad } from '../../../application/ports/driven/storage.js';

/** What the driver (7.9) has and its types leave out. Counting its events instead would cost time for each command. */
interface DriverParts {
  readonly topology?: { readonly s?: { readonly servers?: ReadonlyMap<string, { readonly pool?: DriverPool }> } };
}

interface DriverPool {
  readonly totalConnectionCount?: number;
  readonly availableConnectionCount?: number;
  readonly waitQueueSize?: number;
}

/** Adds up the pools of all servers of a client. A driver that has other parts counts as one without connections. */
export function poolLoadOf(client: MongoClient): PoolLoad {
  const servers = (client as unknown as DriverParts).topology?.s?.servers;
  const load = { size: 0, idle: 0, waiting: 0, abandoned: 0 };
  for (const { pool } of servers?.values() ?? []) {
    load.size += pool?.totalConnectionCount ?? 0;
    load.idle += pool?.availableConnectionCount ?? 0;
    load.waiting += pool?.waitQueueSize ?? 0;
  }
  return load;
}
