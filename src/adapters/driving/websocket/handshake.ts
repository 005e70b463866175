import type { IncomingMessage } from 'node:http';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { MalformedRequest, MethodNotAllowed } from '../operations/index.js';
import { nodeRequest } from '../web/http-request.js';
import type { Web } from '../web/options.js';
import { credentialsOf, flawOfHead } from '../web/request-checks.js';
import { MAX_HEADERS } from './limits.js';
import { SUBPROTOCOL } from './protocol.js';
import type { HeldSession } from './socket-session.js';

export interface HandshakeParts {
  readonly useCases: UseCases;
  readonly web: Web;
}

/**
 * Checks whether a request may become a socket. Returns its session, which is null if it has no credentials, and the
 * client's IP address.
 *
 * @throws `method_not_allowed`, `malformed_request` (headers, subprotocol), `origin_forbidden`, `unauthenticated`
 */
export async function checkHandshake(
  { useCases, web }: HandshakeParts,
  request: IncomingMessage,
): Promise<{ readonly session: HeldSession | null; readonly address: string | undefined }> {
  const { headers } = request;
  const flaw = flawOfHead(request);
  if (flaw) throw flaw;
  // RFC 6455, 4.1. RFC 9110, 7.8: HTTP/1.0 knows no upgrade.
  if (request.httpVersionMinor < 1) throw new MalformedRequest('A WebSocket needs HTTP/1.1.');
  const seen = web.see(nodeRequest(request));
  if (seen.method !== 'GET') throw new MethodNotAllowed(seen.method, 'GET');
  web.hosts.check(seen.host);
  const { token, carriesCookie } = credentialsOf(seen, ignoresCookie(request) ? null : web.cookies);
  web.origins.checkUpgrade(seen, carriesCookie);
  if (!offers(request, SUBPROTOCOL)) {
    throw new MalformedRequest(`Sec-WebSocket-Protocol must offer ${SUBPROTOCOL}.`);
  }
  // Invalid credentials are refused, including a cookie whose signature is not valid (`token` is null then).
  const { address } = seen;
  if (token === null && !carriesCookie && headers.authorization === undefined) return { session: null, address };
  const caller = await useCases.authenticate.execute({ token });
  return { session: { token: token ?? '', caller }, address };
}

/**
 * Checks what a request without an upgrade shows of a handshake: the host name and the origin.
 *
 * @throws `misdirected_request`, `origin_forbidden`
 */
export function checkOrigin(web: Web, request: IncomingMessage): void {
  const seen = web.see(nodeRequest(request));
  web.hosts.check(seen.host);
  web.origins.checkUpgrade(seen, false);
}

/**
 * A page cannot keep its browser from sending a cookie, whose session may have ended or be another user's. With
 * `?cookie=ignore` the server does not read the cookie, and the page sends a token with `sessions.resume`.
 */
const ignoresCookie = ({ url = '' }: IncomingMessage): boolean =>
  new URLSearchParams(url.split('?')[1]).get('cookie') === 'ignore';

/**
 * Node drops all headers after the 2,000th. One of them may matter, such as the length of the body.
 *
 * @throws `malformed_request`
 */
export function checkHeaderCount({ rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length > 2 * MAX_HEADERS) throw new MalformedRequest(`There are more than ${MAX_HEADERS} headers.`);
}

const offers = ({ headers }: IncomingMessage, protocol: string): boolean =>
  (headers['sec-websocket-protocol'] ?? '').split(',').some(offered => offered.trim() === protocol);
