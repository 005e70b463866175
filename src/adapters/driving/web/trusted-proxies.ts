import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Whether the proxy at this address is believed; `hop` counts from the server's own peer (0) outwards. */
export type TrustProxy = (address: string, hop: number) => boolean;

export const trustNobody: TrustProxy = () => false;

/**
 * Compiles a list of addresses, networks (`10.0.0.0/8`) and the names `loopback`, `linklocal`, `uniquelocal`.
 *
 * @throws TypeError for an entry that is none of these, and for a list that covers half of all addresses or more:
 * clients could then claim any address, scheme and host
 */
export function compileTrustProxy(networks: readonly string[]): TrustProxy {
  if (networks.length === 0) return trustNobody;
  if (trustsEverybody(networks)) {
    throw new TypeError('must not trust everybody: any client could then claim any address');
  }
  const trusts = proxyAddr.compile([...networks]);
  return (address, hop) => isIP(address) !== 0 && trusts(address, hop);
}

/** Whether the networks together cover half of all IPv4 or IPv6 addresses or more. */
export function trustsEverybody(networks: readonly string[]): boolean {
  const ranges = networks.flatMap(rangeOf);
  return ([4, 6] as const).some(family => {
    const bits = family === 4 ? 32n : 128n;
    return coverage(ranges.filter(range => range.family === family)) >= 1n << (bits - 1n);
  });
}

interface Range {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly size: bigint;
}

function rangeOf(network: string): Range[] {
  const [address = '', suffix] = network.split('/');
  const family = isIP(address);
  if (family === 0) return [];
  const bits = family === 4 ? 32 : 128;
  const prefix = suffix === undefined ? bits : prefixOf(suffix, bits);
  // ::ffff:0:0/96 is all of IPv4: proxy-addr compares mapped addresses as IPv4.
  const number = numberOf(address, family);
  if (family === 6 && number >> 32n === 0xffffn && prefix >= 96) return [range(4, number & 0xffff_ffffn, prefix - 96)];
  return [range(family === 4 ? 4 : 6, number, prefix)];
}

/** Of `24`, or of a netmask such as `255.255.255.0`. */
function prefixOf(suffix: string, bits: number): number {
  if (isIP(suffix) !== 4) return Math.min(Number(suffix), bits);
  return numberOf(suffix, 4).toString(2).replaceAll('0', '').length;
}

function range(family: 4 | 6, address: bigint, prefix: number): Range {
  const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix);
  return { family, first: (address / size) * size, size };
}

function numberOf(address: string, family: number): bigint {
  if (family === 4) return address.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
  // The URL parser writes an IPv6 address in its one canonical form, an embedded IPv4 address as two groups.
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...middle, ...back].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

/** The number of addresses in the union of ranges, which may overlap. */
function coverage(ranges: readonly Range[]): bigint {
  let covered = 0n;
  let end = 0n;
  for (const { first, size } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const start = first > end ? first : end;
    if (first + size <= start) continue;
    covered += first + size - start;
    end = first + size;
  }
  return covered;
}
