import type { SessionCookies } from './session-cookie.js';
import type { WebRequest } from './web-request.js';

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
