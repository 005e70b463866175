import type { Stage } from '../bench.js';
import { comeback } from './comeback.js';
import { fanOut } from './fan-out.js';
import { feed } from './feed.js';
import { hotAccount } from './hot-account.js';
import { list } from './list.js';
import { login } from './login.js';
import { mongoList } from './mongo-list.js';
import { pages } from './pages.js';
import { record } from './record.js';
import { socketList } from './socket-list.js';
import { socketMemory } from './socket-memory.js';
import { start } from './start.js';
import { storm } from './storm.js';
import { writers } from './writers.js';

/** In the order they run. */
export const STAGES: readonly Stage[] = [
  list,
  pages,
  record,
  writers,
  hotAccount,
  login,
  storm,
  socketList,
  fanOut,
  feed,
  comeback,
  mongoList,
  start,
  socketMemory,
];
