import { unreachable } from './errors.js';
import type { RpcSocket } from './rpc-socket.js';

/** Milliseconds between questions whether the connection works, and for the answer. */
const INTERVAL = 25_000;
const PATIENCE = 10_000;

/**
 * Drops a socket whose other end has gone: a network that is gone says nothing, and a browser does not show the
 * server's pings. Answers the function that stops asking.
 */
export function startHeartbeat(socket: RpcSocket): () => void {
  const ask = async (): Promise<void> => {
    const silence = setTimeout(() => socket.drop(unreachable('Tradepost did not answer a ping.')), PATIENCE);
    // A refusal is a sign of life too.
    await socket.call('rpc.ping').catch(() => undefined);
    clearTimeout(silence);
  };
  const timer = setInterval(() => void ask(), INTERVAL);
  return () => clearInterval(timer);
}
