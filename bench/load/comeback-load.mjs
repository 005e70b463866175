import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromProduct } from '../peers/support.mjs';

/**
 * Watchers that lose their sockets at once and return, in a process of its own. A message `{ url, tokens, resumes }` opens a socket
 * with a watch for each token; the reply has no content. A message `{ cut: true }` breaks all sockets off. A message
 * `{ entries }` makes the watchers return as PROTOCOL.md prescribes; each has to receive so many trades. The reply is
 * `{ live, caughtUp, attempts, closes }`: the milliseconds until each had the answer to `trades.watch`, and its last
 * trade; attempts of all, and why attempts failed.
 *
 * With `resumes` they send the token with `sessions.resume`, else in the handshake. Each comes from an address of its own.
 */
const { WebSocket } = fromProduct('ws');

let watchers = [];

process.once('disconnect', () => process.exit());
process.on('message', message => {
  handle(message).then(
    result => process.send(result ?? {}),
    error => process.send({ error: error.message }),
  );
});
process.send({ ready: true });

async function handle(message) {
  if (message.tokens) return open(message);
  if (message.cut) return cut();
  return comeBack(message.entries);
}

/** Sockets opened at a time. */
const BATCH = 50;

async function open({ url, tokens, resumes, first }) {
  watchers = tokens.map((token, index) => ({ url, token, resumes, from: addressOf(first + index), cursor: undefined }));
  for (let start = 0; start < watchers.length; start += BATCH) {
    await Promise.all(watchers.slice(start, start + BATCH).map(watcher => attempt(watcher, 0)));
  }
}

/** On Linux all of 127.0.0.0/8 is this machine. */
const addressOf = index => `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;

async function cut() {
  const closed = watchers.map(({ socket }) => once(socket, 'close'));
  for (const { socket } of watchers) socket.terminate();
  await Promise.all(closed);
}

async function comeBack(entries) {
  const began = performance.now();
  const since = () => performance.now() - began;
  const failures = {};
  let attempts = 0;
  const results = await Promise.all(
    watchers.map(async watcher => {
      for (let failed = 0; ; failed += 1) {
        await sleep(Math.random() * Math.min(30_000, 250 * 2 ** failed));
        attempts += 1;
        try {
          const { live, caughtUp } = await attempt(watcher, entries, since);
          return { live, caughtUp: await caughtUp };
        } catch (error) {
          failures[error.message] = (failures[error.message] ?? 0) + 1;
          await sleep((error.retryAfter ?? 0) * 1000);
        }
      }
    }),
  );
  return {
    live: results.map(({ live }) => live),
    caughtUp: results.map(({ caughtUp }) => caughtUp),
    attempts,
    failures,
  };
}

/** Opens a socket and watches. Rejects if that fails; `caughtUp` resolves when so many trades have arrived. */
function attempt(watcher, entries, since = () => 0) {
  return new Promise((resolve, reject) => {
    const { url, token, resumes, from, cursor } = watcher;
    const headers = resumes ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, 'tradepost.v1', { headers, localAddress: from, handshakeTimeout: 15_000 });
    let missing = entries;
    let finish = () => undefined;
    const caughtUp = new Promise(resolveLast => {
      finish = () => resolveLast(since());
    });
    const send = (id, method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    socket.on('open', () => {
      if (resumes) send(1, 'sessions.resume', { token });
      send(2, 'trades.watch', cursor === undefined ? {} : { after: cursor });
    });
    socket.on('message', data => {
      const { id, result, error, params } = JSON.parse(data);
      if (error) reject(Object.assign(new Error(error.data.code), { retryAfter: error.data.retryAfter }));
      if (id === 2 && result) {
        watcher.socket = socket;
        watcher.cursor = result.cursor;
        if (missing === 0) finish();
        resolve({ live: since(), caughtUp });
      }
      if (!params) return;
      watcher.cursor = params.cursor;
      missing -= 1;
      if (missing === 0) finish();
    });
    socket.on('unexpected-response', (_request, { statusCode, headers: answered }) => {
      reject(Object.assign(new Error(`status ${statusCode}`), { retryAfter: Number(answered['retry-after'] ?? 0) }));
      socket.terminate();
    });
    socket.on('error', error => reject(error));
    socket.on('close', code => reject(new Error(`closed with ${code}`)));
  });
}
