import type { SessionCookies } from './session-cookie.js';
import type { WebRequest } from './web-request.js';

export interface Credentials {
  /** Null where there is none, or none that could hold: neither costs a query. */
  readonly token: string | null;
  readonly carriesCookie: boolean;
}

const BEARER = /^Bearer +(\S+) *$/i;

/** A bearer token (RFC 6750, 2.1) goes before the cookie: it was sent on purpose. Without `cookies` none is looked for. */
export function credentialsOf(request: WebRequest, cookies: SessionCookies | null): Credentials {
  const cookie = cookies?.read(request, needsSecureCookie(request));
  const carriesCookie = cookie !== undefined;
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return { token: bearer ?? cookie ?? null, carriesCookie };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Everywhere but on plain http to this very machine, which is development. Who forges the Host to look like that
 * weakens nobody's cookie but their own.
 */
export const needsSecureCookie = (request: WebRequest): boolean => request.secure || !LOOPBACK.test(request.hostname);
