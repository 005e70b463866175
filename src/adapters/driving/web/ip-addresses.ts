import { isIP } from 'node:net';
import { parseIp } from '../../../domain/ip-address.js';
import { proxyAddr } from '../../../peers/proxy-addr.js';

/** Whether the proxy at this IP address is trusted. `hop` is 0 for the server's own peer and counts outwards. */
export type TrustProxy = (address: string, hop: number) => boolean;

export const trustNobody: TrustProxy = () => false;

/**
 * Compiles a list of IP addresses, networks (`10.0.0.0/8`) and the names `loopback`, `linklocal`, `uniquelocal`.
 *
 * @throws TypeError for anything else, and for a list that covers half of all IP addresses or more, because clients could
 * then pretend to have any IP address, scheme and host
 */
export function compileTrustProxy(networks: readonly string[]): TrustProxy {
  if (networks.length === 0) return trustNobody;
  if (trustsEverybody(networks)) {
    throw new TypeError('must not trust everybody: any client could then pretend to have any IP address');
  }
  const trusts = proxyAddr.compile([...networks]);
  return (address, hop) => isIP(address) !== 0 && trusts(address, hop);
}

/** Returns whether the networks together cover half of all IPv4 or IPv6 addresses or more. */
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
  const ip = parseIp(address);
  if (!ip) return [];
  const bits = ip.family === 4 ? 32 : 128;
  const given = suffix === undefined ? null : prefixOf(suffix);
  // proxy-addr compares mapped addresses as IPv4: the first 96 bits of ::ffff:0:0/96 are the mapping.
  const prefix = given === null ? bits : isIP(address) === 6 && ip.family === 4 ? given - 96 : given;
  const size = 1n << BigInt(Math.max(0, bits - Math.max(0, prefix)));
  return [{ family: ip.family, first: (ip.value / size) * size, size }];
}

/** Returns the prefix length of `24`, or of a netmask such as `255.255.255.0`. */
const prefixOf = (suffix: string): number =>
  isIP(suffix) === 4 ? suffix.split('.').reduce((ones, part) => ones + countOnes(Number(part)), 0) : Number(suffix);

const countOnes = (byte: number): number => byte.toString(2).replaceAll('0', '').length;

/** Returns the number of IP addresses in the union of the ranges, which may overlap. */
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
