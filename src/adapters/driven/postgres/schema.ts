/**
 * The PostgreSQL schema with Tradepost's tables, so that none collides with an application's own `users`. Its name is
 * inserted into statements as text, so it is restricted: 1 to 30 of a-z, 0-9 and underscore, not starting with a digit.
 */
export interface Schema {
  readonly name: string;
  /** The channel of NOTIFY for changes of these tables. */
  readonly channel: string;
  /** The name of a prepared statement, unique among the schemas of one connection (PostgreSQL's limit: 63 bytes). */
  statementName(statement: string): string;
}

export const DEFAULT_SCHEMA = 'tradepost';

export function schemaNamed(name: string): Schema {
  if (!/^[a-z_][a-z0-9_]{0,29}$/.test(name)) {
    throw new TypeError(
      `schema: ${JSON.stringify(name)} must have 1 to 30 of a-z, 0-9 and _, and not start with a digit`,
    );
  }
  return { name, channel: `${name}_signals`, statementName: statement => `${name}.${statement}` };
}
