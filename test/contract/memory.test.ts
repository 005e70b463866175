import { memory } from '../../src/adapters/driven/memory/index.js';
import { runConformance } from './run-conformance.js';

runConformance(() => memory());
