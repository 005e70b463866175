import autocannon from 'autocannon';
import { quantiles } from './quantiles.mjs';

/**
 * Loads a server over HTTP, in a process of its own. A message `{ origin, connections, seconds, allowed }` starts a run;
 * the reply is its result. `connections` has the requests of each connection, which it repeats in turn, one at a time;
 * `allowed` are statuses beside 2xx that do not end the bench. After `seconds` no more requests are sent, and the answers
 * under way are awaited; otherwise the server would begin the next run with unfinished work.
 */
process.once('disconnect', () => process.exit());
process.on('message', run => {
  load(run).then(
    result => process.send(result),
    error => process.send({ error: error.message }),
  );
});
process.send({ ready: true });

/** Seconds. */
const FOREVER = 24 * 60 * 60;

async function load({ origin, connections, seconds, allowed }) {
  const milliseconds = [];
  const refused = new Map();
  const clients = [];
  const running = autocannon({
    url: origin,
    connections: connections.length,
    duration: FOREVER,
    sampleInt: 20,
    timeout: 30,
    excludeErrorStats: true,
    setupClient: client => {
      client.setRequests(connections[clients.length % connections.length]);
      clients.push(client);
    },
  });
  const began = performance.now();
  let last = began;
  running.on('response', (_client, status, _bytes, taken) => {
    last = performance.now();
    if (status >= 200 && status < 300) milliseconds.push(taken);
    else refused.set(status, (refused.get(status) ?? 0) + 1);
  });
  setTimeout(() => {
    // No request after the one under way; autocannon closes the connection after its answer.
    for (const client of clients) client.responseMax = client.reqsMade;
  }, seconds * 1000);
  const { errors } = await running;
  const wrong = [...refused].filter(([status]) => !allowed.includes(status));
  if (wrong.length > 0)
    throw new Error(`${origin}: ${wrong.map(([status, count]) => `${count} x status ${status}`).join(', ')}`);
  if (errors > 0) throw new Error(`${origin}: ${errors} connections failed or timed out`);
  return {
    answers: milliseconds.length,
    refused: [...refused.values()].reduce((sum, count) => sum + count, 0),
    seconds: (last - began) / 1000,
    ...quantiles(milliseconds),
  };
}
