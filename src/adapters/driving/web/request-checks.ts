import type { IncomingMessage } from 'node:http';
import { MalformedRequest, MisdirectedRequest, OriginForbidden } from '../operations/index.js';
import type { SessionCookies } from './session-cookie.js';
import type { WebRequest } from './web-request.js';
import { isLoopbackHost } from './web-request.js';

/**
 * What Node's parser lets pass and no server may answer: a request that names no version (HTTP/0.9), and one whose Host
 * is missing or there twice (RFC 9112, 3.2), so that two servers in a row could disagree about whom it is for.
 */
export function flawOfHead({
  httpVersionMajor,
  httpVersionMinor,
  rawHeaders,
}: IncomingMessage): MalformedRequest | null {
  if (httpVersionMajor < 1) return new MalformedRequest('The request names no version of HTTP.');
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts === 1 || (hosts === 0 && httpVersionMinor === 0)) return null;
  return new MalformedRequest(hosts === 0 ? 'The header Host is missing.' : 'The header Host is there twice.');
}

/**
 * Which host names requests may be for. A page whose name was made to point at this server (DNS rebinding) has an
 * origin that equals the Host of its requests, so only the name itself gives it away.
 */
export interface HostPolicy {
  /** @throws `misdirected_request` */
  check(host: string): void;
}

export const anyHost: HostPolicy = { check: () => undefined };

/** `example.org` allows that name, `.example.org` the names below it too, `loopback` this machine's own; any port. */
export function allowHosts(names: readonly string[]): HostPolicy {
  const allowed = names.map(name => name.toLowerCase());
  const isAllowed = (name: string): boolean =>
    allowed.some(entry => name === entry || (entry.startsWith('.') && `.${name}`.endsWith(entry)));
  return {
    check: host => {
      const name = host.toLowerCase().replace(/:\d*$/, '');
      if (isAllowed(name) || (allowed.includes('loopback') && isLoopbackHost(host))) return;
      throw new MisdirectedRequest();
    },
  };
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Decides which web pages may call: the server's own and those on an exact list. */
export class OriginPolicy {
  private readonly allowed: ReadonlySet<string>;

  constructor(allowedOrigins: readonly string[]) {
    for (const origin of allowedOrigins) {
      // A URL may have an asterisk for a host, but no page has such an origin: it would be taken and never match.
      if (originOf(origin) !== origin || origin.includes('*')) {
        throw new TypeError(
          `allowedOrigins: ${JSON.stringify(origin)} is not an origin; write it as https://example.org, without a path or *`,
        );
      }
    }
    this.allowed = new Set(allowedOrigins);
  }

  isAllowed(origin: string): boolean {
    return this.allowed.has(origin);
  }

  /**
   * Refuses state-changing requests that another site made a browser send (OWASP Cross-Site Request Forgery Prevention
   * Cheat Sheet, Fetch Metadata with the Origin header as fallback). Programs that are not browsers send no `Origin`
   * and pass, as long as they do not present a cookie, which is the one credential that is sent unasked.
   */
  check(request: WebRequest, carriesCookie: boolean): void {
    if (SAFE_METHODS.has(request.method)) return;
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined) {
      if (this.isOurs(request, origin)) return;
      throw new OriginForbidden();
    }
    if (site === 'same-origin') return;
    if (carriesCookie || site === 'cross-site' || site === 'same-site') throw new OriginForbidden();
  }

  /**
   * The same for an upgrade to a socket, which is a GET and changes something all the same: browsers let any page open
   * one and send the cookie along, and tell the page's origin always (RFC 6455, 10.2).
   */
  checkUpgrade(request: WebRequest, carriesCookie: boolean): void {
    const { origin } = request.headers;
    if (origin === undefined ? carriesCookie : !this.isOurs(request, origin)) throw new OriginForbidden();
  }

  private isOurs(request: WebRequest, origin: string): boolean {
    return this.isAllowed(origin) || origin === ownOrigin(request);
  }
}

/** Scheme and host as the client sees them; null where they make no origin, which then equals no other. */
const ownOrigin = ({ scheme, host }: WebRequest): string | null =>
  scheme === null || host === '' ? null : originOf(`${scheme}://${host}`);

function originOf(url: string): string | null {
  try {
    const { origin } = new URL(url);
    return origin === 'null' ? null : origin;
  } catch {
    return null;
  }
}

export interface Credentials {
  /** Null where there is none, or none that could hold: neither costs a query. */
  readonly token: string | null;
  readonly carriesCookie: boolean;
}

const BEARER = /^Bearer +(\S+) *$/i;

/** A bearer token (RFC 6750, 2.1) counts before the cookie, which browsers send unasked. Null for `cookies`: none is read. */
export function credentialsOf(request: WebRequest, cookies: SessionCookies | null): Credentials {
  const cookie = cookies?.read(request);
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return { token: bearer ?? cookie ?? null, carriesCookie: cookie !== undefined };
}
