import { runPipelined } from './pipelined-queries.js';
import { isPrepared, runStatement } from './prepared-query.js';
import type { Serving } from './statement-queue.js';

/** The most reads that are sent together. Those behind others wait for them. */
const MOST = 8;

/**
 * Sends reads together, each as a transaction of its own. Under load that saves most of the round trips: a packet in each
 * direction, and waking the server's process and this one, for each.
 */
export const readsTogether = (prepares: boolean): Serving => ({
  most: MOST,
  canJoin: (client, { statement }) => prepares && isPrepared(client, statement),
  runAlone: (client, { statement, values }) => runStatement(client, statement, values, prepares),
  runTogether: runPipelined,
});
