import { describe, expect, test } from 'vitest';
import { TrustedProxies, networkOf } from '../../../src/gateway/admission/network-address.js';

describe('the network that limits count', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    // How a socket of both families writes an IPv4 address.
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ])('of %s is the IPv4 address %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::', '2001:0DB8:0001:0002:3:4:5:6'],
    ['::1', '::2'],
    ['fe80::1', 'fe80::1%eth0'],
    ['2001:db8::', '2001:db8::192.0.2.1'],
    ['64:ff9b::', '64:ff9b::192.0.2.1'],
  ])('is the same /64 for %s and %s', (one, other) => {
    expect(networkOf(one)).toBe(networkOf(other));
    expect(networkOf(one)).toMatch(/\/64$/);
  });

  test.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8:1:2::1', '2001:db8:2:2::1'],
    ['::1', '1::'],
    ['::ffff:192.0.2.1', '::fffe:192.0.2.1'],
  ])('differs for %s and %s', (one, other) => {
    expect(networkOf(one)).not.toBe(networkOf(other));
  });

  test.each([
    '',
    'localhost',
    '192.0.2',
    '192.0.2.1.5',
    '192.0.2.256',
    '192.0.2.1:80',
    '0x7f.0.0.1',
    '192.0.2.-1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    ':1:2:3:4:5:6:7',
    '12345::',
    'g::',
    '::192.0.2',
    '::192.0.2.1:80',
    '[::1]',
    '/var/run/app.sock',
    `${'1:'.repeat(4000)}x`,
  ])('of %s, which is not an address, is the string itself', (text) => {
    expect(networkOf(text)).toBe(text);
  });
});

describe('the address of a reader', () => {
  const PROXIES = ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'];
  const addressOf = (peer: string | undefined, forwardedFor: string | null, proxies = PROXIES) =>
    new TrustedProxies(proxies).addressOf(peer, forwardedFor);

  test('is the other end of the socket if no proxy is trusted, whatever the header says', () => {
    expect(addressOf('127.0.0.1', '192.0.2.1', [])).toBe('127.0.0.1');
    expect(addressOf('192.0.2.9', '192.0.2.1')).toBe('192.0.2.9');
    expect(addressOf(undefined, '192.0.2.1')).toBeUndefined();
    expect(addressOf('/var/run/app.sock', '192.0.2.1')).toBe('/var/run/app.sock');
  });

  test.each([
    ['one proxy', '127.0.0.1', '192.0.2.1'],
    ['two proxies', '127.0.0.1', '192.0.2.1, 10.1.2.3'],
    ['proxies of both families', '::1', '192.0.2.1, fd12::5, 10.1.2.3'],
    ['a proxy whose IPv4 address is written as IPv6', '::ffff:10.1.2.3', '192.0.2.1'],
    ['a proxy that appends the port', '10.1.2.3', '192.0.2.1:4711'],
    ['spaces of all kinds', '10.1.2.3', '  192.0.2.1\t,10.9.9.9 '],
    ['a list that begins with an entry of the reader', '10.1.2.3', '198.51.100.7, 192.0.2.1'],
    ['a list in which the reader names a trusted proxy', '10.1.2.3', '10.0.0.1, 192.0.2.1'],
    ['a list that begins with nonsense of the reader', '10.1.2.3', 'unknown, <script>, 192.0.2.1'],
    ['a list that begins with empty items', '10.1.2.3', ',,192.0.2.1'],
  ])('behind %s is the last one that is not trusted', (_, peer, forwardedFor) => {
    expect(addressOf(peer, forwardedFor)).toBe('192.0.2.1');
  });

  test('of IPv6 may come with brackets and a port', () => {
    expect(addressOf('::1', '[2001:db8::1]:4711')).toBe('2001:db8::1');
    expect(addressOf('::1', '[2001:db8::1]')).toBe('2001:db8::1');
    expect(addressOf('::1', '2001:db8::1')).toBe('2001:db8::1');
  });

  test.each([
    ['has no header', null, '10.1.2.3'],
    ['has an empty one', '', '10.1.2.3'],
    ['has a word', 'unknown', '10.1.2.3'],
    ['has a host name', 'evil.example', '10.1.2.3'],
    ['has a word behind an address', '192.0.2.1, unknown', '10.1.2.3'],
    ['has an empty item at its end', '192.0.2.1, ', '10.1.2.3'],
    ['has an address with a tail', '192.0.2.1 evil', '10.1.2.3'],
    ['lists trusted proxies only', '10.0.0.5, 10.0.0.6', '10.0.0.5'],
  ])('is the last trusted proxy if the list %s', (_, forwardedFor, address) => {
    expect(addressOf('10.1.2.3', forwardedFor)).toBe(address);
  });

  test('is that of a proxy in the middle that is not trusted: what it says about others may be forged', () => {
    expect(addressOf('10.1.2.3', '192.0.2.1, 203.0.113.5, 10.9.9.9')).toBe('203.0.113.5');
  });

  test.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['10.128.0.0/9', '10.128.0.1', '10.127.255.255'],
    ['192.0.2.128/25', '192.0.2.129', '192.0.2.127'],
    ['192.0.2.7/32', '192.0.2.7', '192.0.2.6'],
    ['192.0.2.7', '::ffff:192.0.2.7', '192.0.2.8'],
    ['0.0.0.0/0', '203.0.113.1', '2001:db8::1'],
    ['fd00::/8', 'fdff::1', 'fe00::1'],
    ['2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
    ['::/0', '2001:db8::1', '203.0.113.1'],
    // Bits after the prefix do not count.
    ['10.1.2.3/8', '10.200.0.1', '11.1.2.3'],
  ])('is found through proxies of the network %s, such as %s, but not %s', (network, inside, outside) => {
    expect(addressOf(inside, '198.51.100.1', [network])).toBe('198.51.100.1');
    expect(addressOf(outside, '198.51.100.1', [network])).toBe(outside);
  });

  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8.5',
    '10.0.0/8',
    'any',
    '*',
  ])('%j is rejected as a proxy', (proxy) => {
    expect(() => new TrustedProxies([proxy])).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('trustedProxies') as string,
      }),
    );
  });
});
