const DEFAULT_PORT = '5432';

export interface PostgresLocation {
  /** `host` or `host:port`, as the URL has it. */
  readonly host: string;
  /** Null where the URL names none. */
  readonly database: string | null;
}

/**
 * Returns the host and the database of a PostgreSQL URL, without credentials; null if it cannot be parsed. An `@` after the
 * host means that the password has an unescaped `/`, `?` or `#`, so a part of it would pass for host or database.
 */
export function locationOf(url: string): PostgresLocation | null {
  if (!URL.canParse(url)) return null;
  const { host, pathname, search, hash } = new URL(url);
  if (`${pathname}${search}${hash}`.includes('@')) return null;
  return { host, database: pathname.slice(1) || null };
}

/** Returns the same text for all URLs of one database: ignores credentials, settings, case and the default port. */
export function identityOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname.toLowerCase()}:${port || DEFAULT_PORT}${pathname}`;
}
