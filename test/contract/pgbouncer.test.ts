import { afterAll, beforeAll, describe, inject } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { freshSchema } from '../support/servers/http-server.js';
import type { PgBouncer } from '../support/servers/pgbouncer.js';
import { startPgBouncer } from '../support/servers/pgbouncer.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

const program = inject('pgbouncer');
const url = inject('postgresUrl');

// Without PgBouncer, the end of the run says that these did not run.
describe.skipIf(program === null)('through PgBouncer in transaction mode', () => {
  let bouncer: PgBouncer;
  beforeAll(async () => {
    bouncer = await startPgBouncer(program ?? '', url);
  });
  afterAll(() => bouncer?.stop());

  describe('with a direct connection for signals', () => {
    runConformance(() => postgres({ url: bouncer.url, schema: freshSchema(), signalsUrl: url }));
  });

  describe('alone', () => {
    runConformance(() => postgres({ url: bouncer.url, schema: freshSchema() }));
    runArchiveConformance({ empty: () => postgres({ url: bouncer.url, schema: freshSchema() }), shared: true });
  });
});
