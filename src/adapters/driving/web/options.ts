import type { OperationName } from '../operations/index.js';
import { operations } from '../operations/index.js';
import type { TrustProxy } from './ip-addresses.js';
import { compileTrustProxy, trustNobody } from './ip-addresses.js';
import type { Logger } from './logger.js';
import { silent } from './logger.js';
import type { HostPolicy } from './request-checks.js';
import { allowHosts, anyHost, OriginPolicy } from './request-checks.js';
import type { CookieOptions } from './session-cookie.js';
import { SessionCookies } from './session-cookie.js';
import type { Arrival, WebRequest } from './web-request.js';
import { webRequestOf } from './web-request.js';

/** Options of `httpHandler`, `fetchHandler`, `requireSession`, `readSession` and `attachWebSocket`: one object for all. */
export interface WebOptions {
  /** Secrets for session cookies: at least one, each of at least 32 bytes. The first signs, all verify. */
  readonly secrets: readonly string[];
  /** Origins, besides the server's own, whose pages may send requests with the user's cookie; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /**
   * IP addresses and networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are trusted (`10.0.0.7`,
   * `10.0.0.0/8`, `loopback`). If left out: the `trust proxy` setting of the Express application, without Express none.
   */
  readonly trustProxy?: readonly string[];
  /** Host names of this server (`example.org`; `.example.org` with all names below it); any if left out. */
  readonly allowedHosts?: readonly string[];
  /** Name and attributes of the session cookie. */
  readonly cookie?: CookieOptions;
  /** Receives failures: a pino logger, `console`, or an adapter for another logger. If left out, nothing is logged. */
  readonly logger?: Logger;
  /** The operations to offer; all if left out. */
  readonly only?: readonly OperationName[];
  /** Operations not to offer. */
  readonly without?: readonly OperationName[];
  /** The path that the handler is mounted at (`/api`), if the server does not strip it; none if left out. */
  readonly basePath?: string;
}

/** The options, checked and ready to use. */
export interface Web {
  readonly cookies: SessionCookies;
  readonly origins: OriginPolicy;
  readonly hosts: HostPolicy;
  /** Returns the request as its client sees it. Without `trustProxy` the application's own rule for proxies applies. */
  see(arrival: Arrival & { readonly trust?: TrustProxy | null }): WebRequest;
  readonly logger: Logger;
  readonly basePath: string;
  offers(name: OperationName): boolean;
}

/** @throws TypeError naming the option that is wrong */
export function prepareWeb(options: WebOptions): Web {
  const { secrets, allowedOrigins = [], trustProxy, allowedHosts, cookie = {}, logger = silent } = options;
  const trust = trustProxy === undefined ? null : readTrustProxy(trustProxy);
  const production = globalThis.process?.env.NODE_ENV === 'production';
  return {
    cookies: new SessionCookies({ secrets, cookie, production }),
    origins: new OriginPolicy(allowedOrigins),
    hosts: allowedHosts === undefined ? anyHost : allowHosts(allowedHosts),
    see: arrival => webRequestOf(arrival, trust ?? arrival.trust ?? trustNobody),
    logger,
    basePath: readBasePath(options.basePath ?? ''),
    offers: readSelection(options),
  };
}

function readTrustProxy(networks: readonly string[]): TrustProxy {
  try {
    return compileTrustProxy(networks);
  } catch (error) {
    throw new TypeError(`trustProxy: ${(error as Error).message}`, { cause: error });
  }
}

function readBasePath(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '' || /^\/[^?#]*$/.test(trimmed)) return trimmed;
  throw new TypeError(`basePath: ${JSON.stringify(path)} must begin with a slash`);
}

/**
 * Returns which operations `only` and `without` leave.
 *
 * @throws TypeError naming the operation that does not exist
 */
export function readSelection({
  only,
  without = [],
}: Pick<WebOptions, 'only' | 'without'>): (name: OperationName) => boolean {
  for (const name of [...(only ?? []), ...without]) {
    if (!Object.hasOwn(operations, name)) {
      throw new TypeError(`only, without: there is no operation ${JSON.stringify(name)}`);
    }
  }
  return name => (only === undefined || only.includes(name)) && !without.includes(name);
}
