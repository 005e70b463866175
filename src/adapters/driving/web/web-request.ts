import type { IncomingHttpHeaders } from 'node:http';
import type { SessionCookies } from './session-cookie.js';

/**
 * A request as the client sent it: behind a trusted proxy, with the host and protocol that the client used, not the
 * proxy's own. An Express request fits.
 */
export interface WebRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** `http` or `https`. */
  readonly protocol: string;
  readonly secure: boolean;
  /** With the port, unless it is the protocol's default. */
  readonly host: string;
  readonly hostname: string;
}

export interface Credentials {
  /** Null if there is none, or none that can be valid: both cost no query. */
  readonly token: string | null;
  readonly carriesCookie: boolean;
}

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * A bearer token (RFC 6750, 2.1) takes precedence over the cookie, because browsers send cookies unasked. With `cookies`
 * null, cookies are ignored.
 */
export function credentialsOf(request: WebRequest, cookies: SessionCookies | null): Credentials {
  const cookie = cookies?.read(request, needsSecureCookie(request));
  const carriesCookie = cookie !== undefined;
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return { token: bearer ?? cookie ?? null, carriesCookie };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * False only for plain http to the loopback interface, which is development. A client that forges `Host` weakens only
 * its own cookie.
 */
export const needsSecureCookie = (request: WebRequest): boolean => request.secure || !LOOPBACK.test(request.hostname);
