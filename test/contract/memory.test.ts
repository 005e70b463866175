import { memory } from '../../src/adapters/driven/memory/index.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

runConformance(() => memory());
runArchiveConformance({ empty: memory, shared: true });
