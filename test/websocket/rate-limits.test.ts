import { expect, it, onTestFinished } from 'vitest';
import { serveInProcess } from '../live/serving-process.js';
import { connect } from './kit.js';

it('`tradepost serve` with RATE_LIMITS=off takes any number of messages, and still none that are rubbish', async () => {
  const server = await serveInProcess({ DATABASE_URL: 'memory:', RATE_LIMITS: 'off' });
  onTestFinished(async () => void (await server.stop()));
  const client = await connect(server.url);
  const answers = await Promise.all(Array.from({ length: 500 }, () => client.call('rpc.ping')));
  expect(answers).toEqual(Array(500).fill(null));
  for (let each = 0; each < 10; each += 1) client.socket.send('{');
  expect(await client.closed).toBe(1008);
});
