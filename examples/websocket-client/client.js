const [url = '', token = '', from] = process.argv.slice(2);
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;

/** Close codes after which another attempt would end in the same way (PROTOCOL.md, close codes). */
const FINAL = new Set([1003, 1007, 1008, 1009, 4401]);

/** @type {string | undefined} */
let cursor = from;
let failures = 0;

/** Follows the trades over one socket; resolves to the reason why it was closed. */
const follow = () =>
  new Promise(settle => {
    // The token is sent with `sessions.resume`, as a page has to. `cookie=ignore` matters in browsers alone.
    const socket = new WebSocket(`${url}?cookie=ignore`, ['tradepost.v1']);
    /** @type {Map<number, (message: any) => void>} */
    const waiting = new Map();
    let lastId = 0;
    let isOver = false;

    /** @param {string} method @param {object} params @returns {Promise<any>} */
    const call = (method, params = {}) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, ({ result, error }) => (error ? reject(error) : resolve(result)));
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
      });

    /** @param {{ code: number | string, final?: boolean }} reason */
    const end = reason => {
      if (isOver) return;
      isOver = true; // What still arrives over this socket is ignored: the next one delivers it again.
      clearTimeout(deadline);
      clearInterval(heartbeat);
      socket.close(1000);
      settle(reason);
    };

    const deadline = setTimeout(() => end({ code: 'timeout' }), 15_000);
    const heartbeat = setInterval(() => {
      const silence = setTimeout(() => end({ code: 'silence' }), 10_000);
      call('rpc.ping').finally(() => clearTimeout(silence));
    }, 25_000);

    socket.addEventListener('open', async () => {
      try {
        await call('sessions.resume', { token });
        const watching = await call('trades.watch', cursor === undefined ? {} : { after: cursor });
        cursor ??= watching.cursor;
        failures = 0;
        clearTimeout(deadline);
        console.error(`watching from ${cursor}`);
      } catch (error) {
        const { code, retryAfter } = /** @type {any} */ (error).data;
        end({ code, final: retryAfter === undefined });
      }
    });
    socket.addEventListener('message', ({ data }) => {
      if (isOver) return;
      const message = JSON.parse(String(data));
      if (message.method === 'trades.recorded') {
        const { trade, cursor: next } = message.params;
        console.log(`${next} ${trade.sender.username} gave ${trade.recipient.username} ${trade.cardName}`);
        cursor = next; // A program that must survive restarts stores both together.
      }
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    });
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code }) => end({ code, final: FINAL.has(code) }));
  });

for (;;) {
  const { code, final } = await follow();
  console.error(`closed: ${code}`);
  if (final) break;
  failures += 1;
  // Random, because all clients of a server lose it at the same moment.
  const pause = Math.random() * Math.min(30_000, 250 * 2 ** failures);
  await new Promise(passed => setTimeout(passed, pause));
}
process.exitCode = 1;
