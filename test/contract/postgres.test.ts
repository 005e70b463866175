import { inject } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { freshSchema } from '../support/servers/http-server.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

const schema = (name: string) => postgres({ url: inject('postgresUrl'), schema: name });

runConformance(() => schema('conformance'));
runArchiveConformance({ empty: () => schema(freshSchema()), shared: true });
