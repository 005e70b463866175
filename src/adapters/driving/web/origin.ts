import { OriginForbidden } from '../operations/index.js';
import type { WebRequest } from './web-request.js';

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
