import { expect, it } from 'vitest';
import { run } from '../support/servers/processes.js';

/** Makes Node behave as if the package was not installed. */
const WITHOUT_PROM_CLIENT = `data:text/javascript,${encodeURIComponent(`
import { register } from 'node:module';
const hook = \`export async function resolve(specifier, context, next) {
  if (specifier !== 'prom-client') return next(specifier, context);
  throw Object.assign(new Error("Cannot find package 'prom-client'"), { code: 'ERR_MODULE_NOT_FOUND' });
}\`;
register('data:text/javascript,' + encodeURIComponent(hook));
`)}`;

it('without prom-client METRICS is refused in one line that names the remedy', async () => {
  const environment = { DATABASE_URL: 'memory:', NODE_OPTIONS: `--import ${WITHOUT_PROM_CLIENT}` };
  const refused = await run(['serve'], { ...environment, METRICS: 'on' });
  expect(refused).toEqual({
    status: 1,
    stdout: '',
    stderr: 'tradepost: metrics: METRICS needs the package prom-client. Install it with: npm install prom-client\n',
  });
  expect(await run(['doctor'], environment)).toMatchObject({ status: 0 });
});
