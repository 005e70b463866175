import { isIP } from 'node:net';

/** An IP address as a number; an IPv4 address that is mapped into IPv6 (::ffff:192.0.2.1) counts as IPv4. */
export interface IpNumber {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Null for text that is no address. */
export function parseIp(text: string): IpNumber | null {
  const family = isIP(text);
  if (family === 0) return null;
  if (family === 4) return { family, value: parseIpv4(text) };
  const value = parseIpv6(text);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has at least
 * (RFC 6177). Text that is no address counts as it is.
 */
export function networkOf(address: string): string {
  const ip = parseIp(address);
  if (!ip) return address;
  return ip.family === 4 ? `4:${ip.value}` : `6:${ip.value >> 64n}`;
}

const parseIpv4 = (text: string): bigint => text.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);

function parseIpv6(text: string): bigint {
  // The URL parser writes an address in its canonical form, an embedded IPv4 address as two groups.
  const [head = '', tail] = new URL(`http://[${text.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...middle, ...back].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}
