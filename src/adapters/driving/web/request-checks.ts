import type { IncomingMessage } from 'node:http';
import { MalformedRequest, MisdirectedRequest, OriginForbidden } from '../operations/index.js';
import type { SessionCookies } from './session-cookie.js';
import type { WebRequest } from './web-request.js';
import { isLoopbackHost } from './web-request.js';

/**
 * Returns why a request has to be refused although Node's parser accepts it, or null. A request without a version is
 * HTTP/0.9. With a missing or repeated `Host` (RFC 9112, 3.2) two servers could disagree about whom the request is for.
 */
export function flawOfHead({
  httpVersionMajor,
  httpVersionMinor,
  rawHeaders,
}: IncomingMessage): MalformedRequest | null {
  if (httpVersionMajor < 1) return new MalformedRequest('The request has no HTTP version.');
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts === 1 || (hosts === 0 && httpVersionMinor === 0)) return null;
  return new MalformedRequest(hosts === 0 ? 'The Host header is missing.' : 'There is more than one Host header.');
}

/**
 * Decides which host names requests may be for. With DNS rebinding an attacker's host name leads to this server: the
 * origin of the attacker's page then equals the `Host` of its requests, and only the name itself is wrong.
 */
export interface HostPolicy {
  /** @throws `misdirected_request` */
  check(host: string): void;
}

export const anyHost: HostPolicy = { check: () => undefined };

/** Allows `example.org` itself, `.example.org` with all names below it, and `loopback` as this machine; with any port. */
export function allowHosts(names: readonly string[]): HostPolicy {
  const allowed = names.map(name => name.toLowerCase());
  const isAllowed = (name: string): boolean =>
    allowed.some(each => name === each || (each.startsWith('.') && `.${name}`.endsWith(each)));
  return {
    check: host => {
      const name = host.toLowerCase().replace(/:\d*$/, '');
      if (isAllowed(name) || (allowed.includes('loopback') && isLoopbackHost(host))) return;
      throw new MisdirectedRequest();
    },
  };
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Decides which web pages may send requests: those of the server's own origin and of the allowed origins. */
export class OriginPolicy {
  private readonly allowed: ReadonlySet<string>;

  constructor(allowedOrigins: readonly string[]) {
    for (const origin of allowedOrigins) {
      // `https://*` is a URL, but no page has such an origin, so it would never match.
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
   * Cheat Sheet, Fetch Metadata with the Origin header as fallback). Programs that are not browsers send no `Origin`;
   * they are accepted unless they send a cookie, which only browsers add by themselves.
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
   * Checks an upgrade to a WebSocket. It is a GET, but must not be safe for foreign pages: browsers let every page open
   * a socket, send the cookie with it, and always send the page's origin (RFC 6455, 10.2).
   */
  checkUpgrade(request: WebRequest, carriesCookie: boolean): void {
    const { origin } = request.headers;
    if (origin === undefined ? carriesCookie : !this.isOurs(request, origin)) throw new OriginForbidden();
  }

  private isOurs(request: WebRequest, origin: string): boolean {
    return this.isAllowed(origin) || origin === ownOrigin(request);
  }
}

/** Returns the origin that the client used to reach this server; null if scheme and host make no valid origin. */
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
  /** Null if there is no token, or only a cookie whose signature is not valid. Neither costs a query. */
  readonly token: string | null;
  readonly carriesCookie: boolean;
}

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Reads the token of a request. A bearer token (RFC 6750, 2.1) takes precedence over the cookie, because browsers add the
 * cookie by themselves. With null for `cookies` no cookie is read.
 */
export function credentialsOf(request: WebRequest, cookies: SessionCookies | null): Credentials {
  const cookie = cookies?.read(request);
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return { token: bearer ?? cookie ?? null, carriesCookie: cookie !== undefined };
}
