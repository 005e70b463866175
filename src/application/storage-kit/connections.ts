/** The most connections of a pool that Tradepost opens itself. */
export const DEFAULT_POOL_SIZE = 10;

/** Something that is opened once and closed once. */
export interface Closable {
  /** Closes it. Rejects if that fails. */
  close(): Promise<void>;
}

/** Connects, runs `work`, and closes the connection in any case. */
export async function withConnection<Connection extends Closable, Result>(
  connect: () => Promise<Connection>,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Connects and returns the result of `open`, which has to close the connection. If `open` fails, closes it here. */
export async function openConnection<Connection extends Closable, Result>(
  connect: () => Promise<Connection>,
  open: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect();
  try {
    return await open(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
