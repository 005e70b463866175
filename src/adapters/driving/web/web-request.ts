import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import proxyAddr from 'proxy-addr';
import type { TrustProxy } from './ip-addresses.js';

/** A request as it arrived, before any proxy is believed. */
export interface Arrival {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** IP address of the other end of the connection; undefined where the platform does not tell. */
  readonly remoteAddress: string | undefined;
  /** Whether the connection itself is TLS. */
  readonly encrypted: boolean;
}

/** A request as its client sees it: behind trusted proxies, with the scheme, host and address the client used. */
export interface WebRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Null where a trusted proxy names neither http, https, ws nor wss. */
  readonly scheme: 'http' | 'https' | null;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  /** The client's IP address. */
  readonly address: string | undefined;
  /**
   * Plain http from this machine to this machine, through no proxy: development, where browsers do not take secure
   * cookies.
   */
  readonly isLocalHttp: boolean;
}

export function webRequestOf(arrival: Arrival, trust: TrustProxy): WebRequest {
  const { method, headers, remoteAddress, encrypted } = arrival;
  const isProxied = remoteAddress !== undefined && trust(remoteAddress, 0);
  const forwarded = (name: string): string | undefined => (isProxied ? firstOf(headers[name]) : undefined);
  const scheme = schemeOf(forwarded('x-forwarded-proto'), encrypted);
  const host = forwarded('x-forwarded-host') ?? headers.host ?? '';
  const isLocalHttp =
    scheme === 'http' && LOOPBACK_ADDRESS.test(remoteAddress ?? '') && isLoopbackHost(host) && !hasForwarding(headers);
  const address = isProxied ? clientAddress(remoteAddress, headers, trust) : remoteAddress;
  return { method, headers, scheme, host, address, isLocalHttp };
}

export const arrivalOf = ({ method = '', headers, socket }: IncomingMessage): Arrival => ({
  method,
  headers,
  remoteAddress: socket.remoteAddress,
  encrypted: (socket as Partial<TLSSocket>).encrypted === true,
});

/** A host name or address of this very machine, with or without a port. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOST.test(host);

const LOOPBACK_HOST = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/** Headers that only a proxy adds. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

const hasForwarding = (headers: IncomingHttpHeaders): boolean => FORWARDING.some(name => headers[name] !== undefined);

function schemeOf(forwarded: string | undefined, encrypted: boolean): WebRequest['scheme'] {
  if (forwarded === undefined) return encrypted ? 'https' : 'http';
  // Proxies that know of WebSockets name the scheme of the socket.
  if (/^(?:https|wss)$/i.test(forwarded)) return 'https';
  return /^(?:http|ws)$/i.test(forwarded) ? 'http' : null;
}

/** Each proxy appends its value to a list; the first is what the client sent to the first of them. */
const firstOf = (value: string | string[] | undefined): string | undefined =>
  (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim();

/** The first address, from the server outwards, that is not a trusted proxy's. */
const clientAddress = (remoteAddress: string, headers: IncomingHttpHeaders, trust: TrustProxy): string =>
  proxyAddr({ headers, socket: { remoteAddress } } as IncomingMessage, trust);
