import type { Db } from 'mongodb';

/**
 * Why trades are not possible on this server, with the remedy, or null. A trade is a transaction, and MongoDB has those
 * on replica sets and on sharded clusters alone; a server that stands alone refuses them with the first trade, which
 * would be too late to say so.
 */
export async function deploymentProblem(db: Db): Promise<string | null> {
  const { setName, msg } = await db.command({ hello: 1 });
  if (typeof setName === 'string' || msg === 'isdbgrid') return null;
  return (
    'This MongoDB server stands alone and so has no transactions, which trades need. ' +
    'Make it a replica set of one: start mongod with --replSet rs0 and run rs.initiate() in mongosh, once.'
  );
}
