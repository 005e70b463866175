/**
 * Test files of the project `unit`: they need no database, no other process and no build, and take under 5 s together.
 * Every other test file belongs to the project `stores`. `test/projects.test.ts` checks both.
 */
export const UNIT_TESTS: readonly string[] = [
  'test/domain/*.test.ts',
  'test/application/!(watch-trades).test.ts',
  'test/bench/rounds.test.ts',
  'test/client/{calls,cookie-sessions,debugging,listener,reconnecting,requests,sharing,slow-listeners,token-sessions,watching}.test.ts',
  'test/console/words.test.ts',
  'test/contract/memory.test.ts',
  'test/docs/security-page.test.ts',
  'test/documents/openapi.test.ts',
  'test/driven/sibling-adapters.test.ts',
  'test/driven/argon2/bounded-queue.test.ts',
  'test/driven/hibp/*.test.ts',
  'test/main/{compose-file,config,copy-usage,inversify,progress,session-secrets}.test.ts',
  'test/operations/!(adding-an-operation).test.ts',
  'test/simulation/simulation.test.ts',
  'test/web/*.test.ts',
  'test/websocket/{admission,limits,protocol,slots,text-frame}.test.ts',
];
