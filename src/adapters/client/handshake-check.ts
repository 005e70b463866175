import { ClientError, unreachable } from './errors.js';
import type { Fetch } from './http.js';
import { limitTime, problemOf } from './http.js';

export interface HandshakeCheckParts {
  /** The socket's URL. */
  readonly url: URL;
  /** Milliseconds for the request and its answer. */
  readonly timeout: number;
  readonly fetch: Fetch;
}

/** Why every handshake will fail; `possible` if none has to; `unknown` if the server is away or overloaded. */
export type HandshakeVerdict = ClientError | 'possible' | 'unknown';

/**
 * Finds out by one HTTP request whether handshakes with this URL can succeed, because browsers hide why one failed. A
 * server of Tradepost answers a GET of the socket's path with the problem that a handshake from there would have, or with
 * `malformed_request`, because the request offers no upgrade.
 */
export async function checkHandshake(
  { url, timeout, fetch }: HandshakeCheckParts,
  signal: AbortSignal,
): Promise<HandshakeVerdict> {
  const target = new URL(url);
  target.protocol = url.protocol.replace(/^ws/, 'http');
  const limit = limitTime(timeout, signal);
  try {
    // Without headers and credentials, as a handshake of a page is: no preflight is needed that the server could refuse.
    const answer = await fetch(target.href, { method: 'GET', credentials: 'omit', signal: limit.signal });
    return verdictOf(answer, await answer.text(), url);
  } catch {
    return 'unknown';
  } finally {
    limit.release();
  }
}

/** What a server that is starting, overloaded or behind a proxy answers with; another attempt may succeed. */
const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

function verdictOf(answer: Response, text: string, url: URL): HandshakeVerdict {
  // Without the query, which the application may have put a secret into.
  const where = `${url.host}${url.pathname}`;
  if (answer.redirected) {
    const { origin, pathname } = new URL(answer.url);
    return unreachable(`${where} redirects to ${origin}${pathname}. Sockets do not follow redirects: use that URL.`);
  }
  const problem = problemOf(answer, text);
  switch (problem?.code) {
    case 'malformed_request':
      return 'possible';
    case 'origin_forbidden':
      return refused(
        problem,
        'The server does not allow sockets of pages of this origin. Its operator adds origins to ALLOWED_ORIGINS.',
      );
    case 'misdirected_request':
      return problem;
    case 'route_not_found':
      return refused(problem, `The server has no socket at ${where}. Check \`url\` and \`socketUrl\`.`);
  }
  if (problem || isPassing(answer.status)) return 'unknown';
  return unreachable(
    `There is no Tradepost server at ${where} (status ${answer.status}). Check \`url\` and \`socketUrl\`.`,
  );
}

const refused = ({ code, problem }: ClientError, message: string): ClientError =>
  new ClientError(message, code, problem ? { problem } : {});
