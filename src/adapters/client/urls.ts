export interface Urls {
  /** For requests, without a slash at the end. */
  readonly http: string;
  /** For sockets, with `ws:` or `wss:`. */
  readonly socket: URL;
}

/**
 * Resolves the server's URLs. In a browser `url` may be relative to the page; `socketUrl` may be relative to `url`.
 *
 * @throws TypeError if the result is not a URL
 */
export function resolveUrls(url: string, socketUrl: string): Urls {
  const base = parse('url', url, pageUrl());
  const http = (base.origin + base.pathname).replace(/\/+$/, '');
  const socket = parse('socketUrl', socketUrl, `${http}/`);
  socket.protocol = socket.protocol.replace(/^http/, 'ws');
  socket.hash = '';
  return { http, socket };
}

function parse(option: string, url: string, base: string | undefined): URL {
  try {
    return new URL(url, base);
  } catch (cause) {
    const message = `createClient({ ${option} }): ${JSON.stringify(url)} is not a URL; write it as https://cards.example.org`;
    throw new TypeError(message, { cause });
  }
}

const pageUrl = (): string | undefined => (globalThis as { location?: { readonly href: string } }).location?.href;
