import type { IncomingMessage } from 'node:http';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { MalformedRequest } from '../../../domain/errors.js';
import { credentialsOf } from '../web/credentials.js';
import { MethodNotAllowed } from '../web/http-errors.js';
import { nodeRequest } from '../web/http-request.js';
import type { Web } from '../web/options.js';
import { flawOfHead } from '../web/request-head.js';
import { MAX_HEADERS } from './limits.js';
import type { HeldSession } from './socket-session.js';

export const SUBPROTOCOL = 'tradepost.v1';

export interface HandshakeParts {
  readonly useCases: UseCases;
  readonly web: Web;
}

/**
 * Whether a request may become a socket, and with which session: null where it brought no credentials.
 *
 * @throws `method_not_allowed`, `malformed_request` (headers, subprotocol), `origin_forbidden`, `unauthenticated`
 */
export async function checkHandshake(
  { useCases, web }: HandshakeParts,
  request: IncomingMessage,
): Promise<HeldSession | null> {
  const { headers } = request;
  const flaw = flawOfHead(request);
  if (flaw) throw flaw;
  const seen = web.see(nodeRequest(request));
  if (seen.method !== 'GET') throw new MethodNotAllowed(seen.method, 'GET');
  web.hosts.check(seen.host);
  const { token, carriesCookie } = credentialsOf(seen, ignoresCookie(request) ? null : web.cookies);
  web.origins.checkUpgrade(seen, carriesCookie);
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
