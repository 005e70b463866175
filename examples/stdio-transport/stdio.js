// @ts-check
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import {
  decodeJson,
  errorTable,
  knownError,
  MalformedRequest,
  perform,
  problemOf,
  RouteNotFound,
  startWatching,
  surface,
} from 'tradepost/operations';

/**
 * JSON-RPC 2.0, one message a line: every operation, and `trades.watch`, whose trades arrive as notifications
 * `trades.recorded`. Parameters are the input with `token` and `idempotencyKey` beside it. Returns what ends the watches.
 *
 * @param {Pick<import('tradepost').Tradepost, 'useCases'>} tradepost
 * @param {NodeJS.ReadableStream} input @param {NodeJS.WritableStream} output
 */
export function serveLines({ useCases }, input, output) {
  const watches = new Set();
  /** @param {object} message */
  const send = message => output.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

  /** @param {string} method @param {any} params */
  async function carryOut(method, params = {}) {
    const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
    const { token = null, idempotencyKey = null, ...fields } = isObject ? params : {};
    const context = { token, idempotencyKey, userAgent: 'stdio', address: null };
    if (method === 'trades.watch') {
      const onTrade = (/** @type {object} */ params) => void send({ method: 'trades.recorded', params });
      const watch = await startWatching(useCases, fields, context, { onTrade, onEnd: () => watches.delete(watch) });
      watches.add(watch);
      // The answer is sent before the first trade.
      setImmediate(() => watch.begin());
      return { cursor: watch.cursor };
    }
    if (!Object.hasOwn(surface, method)) throw new RouteNotFound(`There is no operation ${JSON.stringify(method)}.`);
    return (await perform(useCases, /** @type {any} */ (method), isObject ? fields : params, context)).result;
  }

  createInterface({ input }).on('line', async line => {
    let id = null;
    try {
      const request = /** @type {any} */ (decodeJson(line));
      id = request?.id ?? null;
      if (typeof request?.method !== 'string') throw new MalformedRequest('The line is not a JSON-RPC 2.0 request.');
      send({ id, result: (await carryOut(request.method, request.params)) ?? null });
    } catch (error) {
      const problem = problemOf(knownError(error), randomUUID());
      if (problem.code === 'internal') console.error(error);
      send({ id, error: { code: errorTable[problem.code].rpcCode, message: problem.title, data: problem } });
    }
  });
  return () => [...watches].map(watch => watch.stop());
}
