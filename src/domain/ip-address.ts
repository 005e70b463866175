import type { Branded } from './text.js';

/**
 * An IP address in its only form: IPv4 as `192.0.2.1`, also if it was mapped into IPv6 (`::ffff:192.0.2.1`); IPv6 as
 * RFC 5952 writes it, without a zone.
 */
export type IpAddress = Branded<'IpAddress'>;

/** An IP address as a number. An IPv4 address that is mapped into IPv6 counts as IPv4. */
export interface IpNumber {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Returns null for text that is not an IP address. Accepts upper case and a zone (`fe80::1%eth0`). */
export function parseIpAddress(text: string): IpAddress | null {
  const ip = parseIp(text);
  if (!ip) return null;
  return (ip.family === 4 ? formatIpv4(ip.value) : (canonicalIpv6(text) ?? '')) as IpAddress;
}

/** Returns null for text that is not an IP address. */
export function parseIp(text: string): IpNumber | null {
  if (IPV4.test(text)) return { family: 4, value: joinGroups(text.split('.'), 8n) };
  const canonical = canonicalIpv6(text);
  if (canonical === null) return null;
  const value = parseIpv6(canonical);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/**
 * Returns the network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, because one customer has
 * at least a /64 (RFC 6177). Text that is not an IP address is returned unchanged.
 */
export function networkOf(address: string): string {
  const ip = parseIp(address);
  if (!ip) return address;
  return ip.family === 4 ? `4:${ip.value}` : `6:${ip.value >> 64n}`;
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

const formatIpv4 = (value: bigint): string => [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.');

function canonicalIpv6(text: string): string | null {
  const [address = ''] = text.split('%');
  // Other characters could end the host of the URL.
  const url = /^[\da-f:.]+$/i.test(address) ? `http://[${address}]` : '';
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
}

/** Takes the canonical form, in which an embedded IPv4 address is two groups. */
function parseIpv6(canonical: string): bigint {
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':').map(group => `0x${group}`));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return joinGroups([...front, ...middle, ...back], 16n);
}

const joinGroups = (groups: readonly string[], bits: bigint): bigint =>
  groups.reduce((number, group) => (number << bits) | BigInt(group), 0n);
