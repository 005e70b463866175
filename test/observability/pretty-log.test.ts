import { expect, it } from 'vitest';
import { send } from '../support/http/requests.js';
import { serveInProcess } from '../support/servers/processes.js';

it('on a terminal each request is one line: method, path, status and time', async () => {
  const variables = { DATABASE_URL: 'memory:', LOG_FORMAT: 'pretty', LOG_LEVEL: 'info', NO_COLOR: '1' };
  const serving = await serveInProcess(variables);
  await send(serving.origin, '/me', { headers: { 'x-request-id': 'abc' } });
  await send(serving.origin, '/health/live');
  await send(serving.origin, '/nowhere', { headers: { 'x-request-id': 'def' } });
  await serving.stop();
  const lines = serving
    .output()
    .split('\n')
    .filter(line => line.includes('request'));
  expect(lines).toEqual([
    expect.stringMatching(/^\[[\d:.]+\] INFO: request GET \/me 401 [\d.]+ ms \{"requestId":"abc"\}$/),
    expect.stringMatching(/^\[[\d:.]+\] INFO: request GET 404 [\d.]+ ms \{"requestId":"def"\}$/),
  ]);
});
