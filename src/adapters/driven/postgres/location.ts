const DEFAULT_PORT = '5432';

export interface PostgresLocation {
  /** `host` or `host:port`, as the URL has it; several are separated by commas. */
  readonly host: string;
  /** Null where the URL names none. */
  readonly database: string | null;
}

/**
 * Returns the hosts and the database of a PostgreSQL URL, without credentials; null if it cannot be parsed. An `@` after
 * the hosts means that the password has an unescaped `/`, `?` or `#`, so a part of it would pass for host or database.
 */
export function locationOf(url: string): PostgresLocation | null {
  const parts = splitHosts(url)?.urls.map(each => new URL(each));
  const [first] = parts ?? [];
  if (!parts || !first) return null;
  const { pathname, search, hash } = first;
  if (`${pathname}${search}${hash}`.includes('@')) return null;
  return { host: parts.map(({ host }) => host).join(','), database: pathname.slice(1) || null };
}

/**
 * Returns the same text for all URLs of one database: ignores credentials, settings, case, the default port and the
 * order of hosts.
 */
export function identityOf(url: string): string {
  const parts = (splitHosts(url)?.urls ?? [url]).map(each => new URL(each));
  const hosts = parts.map(({ hostname, port }) => `${hostname.toLowerCase()}:${port || DEFAULT_PORT}`);
  return hosts.sort().join(',') + parts[0]?.pathname;
}

/** `scheme://credentials@`, the hosts, and the rest. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)([^/?#]*)(.*)$/;

/** What PostgreSQL's own clients call a server that accepts writes. */
const WRITABLE: readonly string[] = ['read-write', 'primary'];

export interface HostChoice {
  /** A URL for each host, in order. */
  readonly urls: readonly [string, ...string[]];
  /** Whether a server has to accept writes to be used. */
  readonly needsPrimary: boolean;
}

/**
 * Splits a URL that lists several hosts, `host:port,host:port` (PostgreSQL manual, "Specifying Multiple Hosts"), and reads
 * `target_session_attrs`, of which `read-write` and `primary` are supported. Several hosts without it need it as well,
 * because every store is written to. Null for a URL that cannot be parsed.
 */
export function splitHosts(url: string): HostChoice | null {
  const parts = PARTS.exec(url);
  if (!parts) return null;
  const [, start = '', hosts = '', rest = ''] = parts;
  const urls: string[] = [];
  let target: string | null = null;
  for (const host of hosts.split(',')) {
    if (!URL.canParse(start + host + rest)) return null;
    const single = new URL(start + host + rest);
    target = single.searchParams.get('target_session_attrs');
    // Not every other parameter survives being parsed and printed, so a URL without this one stays as it is.
    if (target !== null) single.searchParams.delete('target_session_attrs');
    urls.push(target === null ? start + host + rest : single.href);
  }
  const [first, ...others] = urls;
  if (first === undefined || (target !== null && !WRITABLE.includes(target))) return null;
  return { urls: [first, ...others], needsPrimary: target !== null || others.length > 0 };
}
