import type { IncomingHttpHeaders } from 'node:http';

/**
 * What there is to know of a request, as the client sees it: behind a proxy that is trusted, where the client came to
 * and not where the proxy went on to. An Express request is one.
 */
export interface WebRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** `http` or `https`. */
  readonly protocol: string;
  readonly secure: boolean;
  /** With the port, where it is not the protocol's own. */
  readonly host: string;
  readonly hostname: string;
}
