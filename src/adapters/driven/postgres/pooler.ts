import { randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { UnsupportedDeployment } from '../../../application/ports/driven/storage-errors.js';
import type { NotificationListener, OwnPool } from './connections.js';
import { isServerError, translateError } from './failures.js';

/** A pool, and what was found out about the way to the server. */
export interface ProbedPool extends OwnPool {
  /** Whether a pooler, such as PgBouncer, is between this process and the server. */
  readonly isPooled: boolean;
}

/**
 * Opens a pool, and a second time without start-up parameters where a pooler refuses them; the role's own settings
 * apply then. A server that cannot be reached is not reported here: the first statement fails in the same way.
 */
export async function openPool(create: (sendsSettings: boolean) => OwnPool): Promise<ProbedPool> {
  const own = create(true);
  try {
    return { ...own, isPooled: await isPooled(own.pool) };
  } catch (error) {
    if (!isRefusedParameter(error)) return { ...own, isPooled: false };
    await own.pool.end();
    return { ...create(false), isPooled: true };
  }
}

/** PgBouncer's protocol_violation. Its list `ignore_startup_parameters` would accept them without effect. */
const isRefusedParameter = (error: unknown): boolean =>
  isServerError(error) && error.code === '08P01' && error.message.includes('unsupported startup parameter');

/** A pooler announces a process id of its own, because it does not know yet which process will serve the client. */
export async function isPooled(pool: Pool): Promise<boolean> {
  return withClient(pool, async client => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid !== (client as unknown as { readonly processID: number | null }).processID;
  });
}

/**
 * Checks that a pooler keeps prepared statements. A second client occupies the server connection on which the first has
 * prepared one, so that the first gets another.
 *
 * @throws UnsupportedDeployment where the statement is missing there.
 */
export async function refuseLostStatements(pool: Pool): Promise<void> {
  // The probe needs two connections.
  if (pool.options.max < 2) return;
  const prepared = { name: `tradepost_probe_${randomBytes(6).toString('hex')}`, text: 'SELECT 1' };
  const useTwice = async (first: PoolClient): Promise<void> => {
    await first.query(prepared);
    const occupyAndUse = async (second: PoolClient): Promise<void> => {
      await second.query('BEGIN');
      await first.query(prepared);
    };
    await withClient(pool, occupyAndUse, true);
  };
  try {
    // Closed afterwards, so that nothing of the probe stays on a connection.
    await withClient(pool, useTwice, true);
  } catch (error) {
    // invalid_sql_statement_name
    if (!isServerError(error) || error.code !== '26000') throw translateError(error);
    throw new UnsupportedDeployment(
      'The pooler in front of PostgreSQL loses prepared statements, as PgBouncer before 1.21 does in transaction mode. ' +
        'Set DATABASE_PREPARE=off, or postgres({ prepare: false }).',
    );
  }
}

async function withClient<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  isClosedAfterwards = false,
): Promise<Result> {
  const client = await pool.connect();
  const ignore = (): void => undefined;
  client.on('error', ignore);
  try {
    return await work(client);
  } finally {
    client.off('error', ignore);
    client.release(isClosedAfterwards);
  }
}

/** Milliseconds. The sockets of an ended session have to be closed within a second. */
const POLL_INTERVAL = 500;

/**
 * Replaces listening, which a pooler in transaction mode does not support: reports a gap at intervals, so that watchers read
 * again.
 */
export function pollInstead(_channel: string, { onGap }: NotificationListener): () => void {
  const timer = setInterval(onGap, POLL_INTERVAL).unref();
  return () => clearInterval(timer);
}
