import { inject } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { runConformance } from './run-conformance.js';

runConformance(() => postgres({ url: inject('postgresUrl'), schema: 'conformance' }));
