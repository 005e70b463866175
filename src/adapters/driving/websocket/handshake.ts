import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { MalformedRequest, MethodNotAllowed } from '../operations/index.js';
import type { OriginPolicy } from '../web/origin.js';
import type { SessionCookies } from '../web/session-cookie.js';
import type { WebRequest } from '../web/web-request.js';
import { credentialsOf } from '../web/web-request.js';
import { MAX_HEADERS } from './limits.js';
import { SUBPROTOCOL } from './protocol.js';
import type { HeldSession } from './socket-session.js';

export interface HandshakeParts {
  readonly useCases: UseCases;
  readonly cookies: SessionCookies;
  readonly origins: OriginPolicy;
  webRequest(request: IncomingMessage): WebRequest;
}

/**
 * Whether a request may become a socket, and with which session: null where it brought no credentials.
 *
 * @throws `method_not_allowed`, `malformed_request` (headers, subprotocol), `origin_forbidden`, `unauthenticated`
 */
export async function checkHandshake(
  { useCases, cookies, origins, webRequest }: HandshakeParts,
  request: IncomingMessage,
): Promise<HeldSession | null> {
  const { headers } = request;
  checkHeaderCount(request);
  // Node asks for it in all requests but those that are to become something else.
  if (!headers.host) throw new MalformedRequest('The header Host is missing.');
  const web = webRequest(request);
  if (web.method !== 'GET') throw new MethodNotAllowed(web.method, 'GET');
  const { token, carriesCookie } = credentialsOf(web, ignoresCookie(request) ? null : cookies);
  origins.checkUpgrade(web, carriesCookie);
  if (!offers(request, SUBPROTOCOL)) {
    throw new MalformedRequest(`Sec-WebSocket-Protocol must offer ${SUBPROTOCOL}.`);
  }
  // Credentials that do not hold are refused, also where it shows without asking the store.
  if (token === null && !carriesCookie && headers.authorization === undefined) return null;
  const caller = await useCases.authenticate.execute({ token });
  return { token: token ?? '', caller };
}

/**
 * A page cannot keep its browser from sending a cookie along, be it another user's or one that has ended. With
 * `?cookie=ignore` it says that its session is to be that of a token, which it will send with `sessions.resume`.
 */
const ignoresCookie = ({ url = '' }: IncomingMessage): boolean =>
  new URLSearchParams(url.split('?')[1]).get('cookie') === 'ignore';

/**
 * Node drops the headers behind the 2,000th. Among them may be one that matters, such as the length of the body.
 *
 * @throws `malformed_request`
 */
export function checkHeaderCount({ rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length > 2 * MAX_HEADERS) throw new MalformedRequest(`There are more than ${MAX_HEADERS} headers.`);
}

const offers = ({ headers }: IncomingMessage, protocol: string): boolean =>
  (headers['sec-websocket-protocol'] ?? '').split(',').some(offered => offered.trim() === protocol);

/** A request as it is, behind no proxy. */
export function directRequest(request: IncomingMessage): WebRequest {
  const { method = '', headers } = request;
  const { host = '' } = headers;
  const secure = (request.socket as Partial<TLSSocket>).encrypted === true;
  return { method, headers, secure, protocol: secure ? 'https' : 'http', host, hostname: host.replace(/:\d*$/, '') };
}
