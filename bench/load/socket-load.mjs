import { once } from 'node:events';
import { fromProduct } from '../peers/support.mjs';
import { quantiles } from './quantiles.mjs';

/**
 * Loads a server over WebSocket, in a process of its own. A message `{ url, tokens, text, seconds }` opens a socket for
 * each token and sends the text over it, again after each answer; the reply is the result.
 */
const { WebSocket } = fromProduct('ws');

process.once('disconnect', () => process.exit());
process.on('message', run => {
  load(run).then(
    result => process.send(result),
    error => process.send({ error: error.message }),
  );
});
process.send({ ready: true });

async function load({ url, tokens, text, seconds }) {
  const sockets = await Promise.all(tokens.map(token => open(url, token)));
  const began = performance.now();
  const until = began + seconds * 1000;
  const taken = await Promise.all(sockets.map(socket => converse(socket, text, until)));
  const milliseconds = taken.flat();
  const elapsed = (performance.now() - began) / 1000;
  for (const socket of sockets) socket.terminate();
  return { answers: milliseconds.length, refused: 0, seconds: elapsed, ...quantiles(milliseconds) };
}

async function open(url, token) {
  const socket = new WebSocket(url, 'tradepost.v1', { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  return socket;
}

function converse(socket, text, until) {
  const milliseconds = [];
  return new Promise((resolve, reject) => {
    let sent = performance.now();
    socket.on('close', code => reject(new Error(`the server closed a socket with ${code}`)));
    socket.on('message', data => {
      if (!data.includes('"result":{"items":['))
        return reject(new Error(`unexpected: ${data.toString().slice(0, 200)}`));
      const now = performance.now();
      milliseconds.push(now - sent);
      if (now >= until) return resolve(milliseconds);
      sent = now;
      socket.send(text);
    });
    socket.send(text);
  });
}
