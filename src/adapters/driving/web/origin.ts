import { OriginForbidden } from '../operations/index.js';
import type { WebRequest } from './web-request.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The web pages that may call: the server's own and those of an exact list of origins. */
export class OriginPolicy {
  private readonly allowed: ReadonlySet<string>;

  /** @throws TypeError for an entry that is not an origin */
  constructor(allowedOrigins: readonly string[]) {
    for (const origin of allowedOrigins) {
      // A URL may have an asterisk as its host, but no page has such an origin: the entry would never match.
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
   * Cheat Sheet, Fetch Metadata with the Origin header as fallback). Programs that are not browsers send no `Origin` and
   * pass, unless they present a cookie: it is the only credential that browsers send unasked.
   *
   * @throws OriginForbidden
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
   * The same for an upgrade to a WebSocket. It is a GET but needs the check too: browsers let any page open a socket and
   * send the cookie with it. They always send the page's origin (RFC 6455, 10.2).
   *
   * @throws OriginForbidden
   */
  checkUpgrade(request: WebRequest, carriesCookie: boolean): void {
    const { origin } = request.headers;
    if (origin === undefined ? carriesCookie : !this.isOurs(request, origin)) throw new OriginForbidden();
  }

  private isOurs(request: WebRequest, origin: string): boolean {
    return this.isAllowed(origin) || origin === ownOrigin(request);
  }
}

/** Scheme and host as the client sent them; a proxy is believed only if the application trusts it (`trust proxy`). */
const ownOrigin = (request: WebRequest): string | null => originOf(`${request.protocol}://${request.host}`);

function originOf(url: string): string | null {
  try {
    return new URL(url).origin;
  } catch {
    return null;
  }
}
