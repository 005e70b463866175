/**
 * The PostgreSQL schema that holds Tradepost's tables, so that they never meet an application's own `users`. It is put
 * into statements as text, so it must be plain: 1 to 30 of a-z, 0-9 and underscore, not starting with a digit.
 */
export interface Schema {
  readonly name: string;
  /** Where changes of these tables are announced (LISTEN, NOTIFY). */
  readonly channel: string;
  /** A name for a prepared statement that no other schema on the same connection has (PostgreSQL's limit: 63 bytes). */
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
