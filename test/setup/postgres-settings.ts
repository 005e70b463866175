/**
 * Test data is thrown away, so nothing is spent on surviving a power cut. Test files run in parallel, each with pools
 * of its own, so the default of 100 connections would run out. The time zone is fixed so that every source of a server
 * gives the same answers.
 */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'timezone=UTC',
] as const;

/** `extra` are further settings, of the form `name=value`; they override those above. */
export const postgresArguments = (extra: readonly string[] = []): string[] =>
  [...settings, ...extra].flatMap(setting => ['-c', setting]);
