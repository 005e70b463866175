import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { proxyAddr } from '../../../peers/proxy-addr.js';
import type { TrustProxy } from './ip-addresses.js';

/** A request as the server received it, without regard to proxies. */
export interface Arrival {
  readonly method: string;
  /** By names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The IP address of the peer; undefined if the platform does not provide it. */
  readonly remoteAddress: string | undefined;
  /** Whether the connection itself is TLS. */
  readonly encrypted: boolean;
}

/** A request as its client sees it: scheme, host and IP address are those of the client, not of a trusted proxy. */
export interface WebRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Null if a trusted proxy reports neither http, https, ws nor wss. */
  readonly scheme: 'http' | 'https' | null;
  /** With the port, unless it is the scheme's default. */
  readonly host: string;
  /** The client's IP address. */
  readonly address: string | undefined;
  /**
   * Whether it is http within this machine and without a proxy, as in development. Browsers refuse `Secure` cookies
   * there.
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

/** Whether a host name or IP address, with or without a port, is one of this machine. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK_HOST.test(host);

const LOOPBACK_HOST = /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;

/** Headers that only proxies add. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

const hasForwarding = (headers: IncomingHttpHeaders): boolean => FORWARDING.some(name => headers[name] !== undefined);

function schemeOf(forwarded: string | undefined, encrypted: boolean): WebRequest['scheme'] {
  if (forwarded === undefined) return encrypted ? 'https' : 'http';
  // Some proxies report the scheme of a WebSocket.
  if (/^(?:https|wss)$/i.test(forwarded)) return 'https';
  return /^(?:http|ws)$/i.test(forwarded) ? 'http' : null;
}

/** Returns the first value of a list to which each proxy has appended: the value of the client's own request. */
const firstOf = (value: string | string[] | undefined): string | undefined =>
  (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim();

/** Returns the first IP address, from the server outwards, that is not a trusted proxy's. */
const clientAddress = (remoteAddress: string, headers: IncomingHttpHeaders, trust: TrustProxy): string =>
  proxyAddr({ headers, socket: { remoteAddress } } as IncomingMessage, trust);
