import type { Observer } from '../../../application/ports/driven/observer.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { HttpAnswer } from '../web/answer.js';
import { HttpCore } from '../web/http-core.js';
import type { FetchContext } from '../web/http-request.js';
import { fetchRequest } from '../web/http-request.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';

/** The part of Tradepost that a handler needs. `createTradepost` returns it. */
export interface FetchTarget {
  /** Everything callers can do. */
  readonly useCases: UseCases;
  /** The observer of `createTradepost`, which sees every call. */
  readonly observer?: Observer | undefined;
}

/** Returns the answer to a request of the Fetch Standard. */
export type FetchHandler = (request: Request, context?: FetchContext) => Promise<Response>;

/**
 * Every operation over HTTP for servers that use the Fetch Standard: Hono, Next.js, Bun, Deno. The answer to other paths
 * is `route_not_found`. If the server does not strip the path that the handler is mounted at, pass it as `basePath`.
 *
 * Without `remoteAddress` no proxy is trusted, and cookies are always `Secure`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function fetchHandler({ useCases, observer }: FetchTarget, options: WebOptions): FetchHandler {
  const web = prepareWeb(options);
  const core = new HttpCore(useCases, web, observer);
  return async (request, context = {}) => {
    const arrived = fetchRequest(request, context, web.basePath);
    return responseOf(await (core.handle(arrived) ?? core.notFound(arrived)), request.method);
  };
}

function responseOf({ status, headers, body }: HttpAnswer, method: string): Response {
  const pairs = new Headers();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    pairs.append(String(headers[index]), String(headers[index + 1]));
  }
  return new Response(method === 'HEAD' ? null : body, { status, headers: pairs });
}
