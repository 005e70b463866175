import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkOf, parseIpAddress } from '../../src/domain/ip-address.js';

describe('an IP address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::192.0.2.1', '2001:db8::c000:201'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::1', '::1'],
  ])('%s is %s', (text, canonical) => {
    expect(parseIpAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.01',
    '1.2.3.4.',
    '1.2.3.4:80',
    '[::1]',
    ':::',
    '::1]@x',
    '::1]/',
    'x@[::1',
    '1.2.3.4.5',
  ])('%j is none', text => {
    expect(parseIpAddress(text)).toBeNull();
    expect(networkOf(text)).toBe(text);
  });

  it('is recognised exactly where Node recognises one', () => {
    const near = fc.stringMatching(/^[\da-fA-F:.]{0,24}$/);
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near, fc.string()), text => {
        const [address = ''] = text.split('%');
        fc.pre(address === text);
        expect(parseIpAddress(text) !== null).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has one form, however it is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), text => {
        const canonical = parseIpAddress(text);
        expect(parseIpAddress(text.toUpperCase())).toBe(canonical);
        expect(parseIpAddress(canonical ?? '')).toBe(canonical);
        expect(networkOf(canonical ?? '')).toBe(networkOf(text));
      }),
    );
  });
});

describe('the network of an IP address', () => {
  it('is the address itself for IPv4, however it is written', () => {
    expect(networkOf('::FFFF:192.0.2.1')).toBe(networkOf('192.0.2.1'));
    expect(networkOf('192.0.2.2')).not.toBe(networkOf('192.0.2.1'));
  });

  it('is the /64 for IPv6', () => {
    expect(networkOf('2001:DB8:1:2:ffff:ffff:ffff:ffff')).toBe(networkOf('2001:db8:1:2::'));
    expect(networkOf('2001:db8:1:3::')).not.toBe(networkOf('2001:db8:1:2::'));
  });
});
