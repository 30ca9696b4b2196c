import { invalidArgument } from '../../core/errors.js';

/** An address as a number of 32 or 128 bits. */
interface ParsedAddress {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** Addresses with the same first bits, such as `10.0.0.0/8`. */
interface Network extends ParsedAddress {
  readonly prefix: number;
}

/** A subscriber of an internet provider usually has a whole /64 (RFC 6177), so it could use 2^64 addresses. */
const IPV6_PREFIX = 64n;

/**
 * The network that limits by address count: of an IPv4 address, the address itself, also if it is written as IPv6
 * (`::ffff:192.0.2.1`); of an IPv6 address, its /64. A string that is not an address counts as itself.
 */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed) return address;
  if (parsed.bits === 32) return [24n, 16n, 8n, 0n].map((at) => (parsed.value >> at) & 255n).join('.');
  return `${(parsed.value >> IPV6_PREFIX).toString(16)}/64`;
}

/** Proxies whose `X-Forwarded-For` is trusted. */
export class TrustedProxies {
  readonly #networks: readonly Network[];

  /** @throws TickmarkError `INVALID_ARGUMENT` for an entry that is neither an address nor a network. */
  constructor(proxies: readonly string[]) {
    this.#networks = proxies.map(parseNetwork);
  }

  /**
   * Address of a reader. Each proxy appends the address of its caller, so the list is read from its end for as long as the caller is
   * trusted.
   *
   * @param peer The other end of the socket.
   * @param forwardedFor Value of the `X-Forwarded-For` header.
   */
  addressOf(peer: string | undefined, forwardedFor: string | null): string | undefined {
    if (this.#networks.length === 0 || forwardedFor === null) return peer;
    const callers = forwardedFor.split(',').map((each) => withoutPort(each.trim()));
    let address = peer;
    while (address !== undefined && this.#trusts(address)) {
      const next = callers.pop();
      // A proxy that follows the rules writes addresses only.
      if (next === undefined || !parseAddress(next)) return address;
      address = next;
    }
    return address;
  }

  #trusts(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== null && this.#networks.some((network) => contains(network, parsed));
  }
}

function contains({ value, bits, prefix }: Network, address: ParsedAddress): boolean {
  const rest = BigInt(bits - prefix);
  return bits === address.bits && value >> rest === address.value >> rest;
}

function parseNetwork(text: string): Network {
  const [address = '', prefix, ...more] = text.split('/');
  const parsed = parseAddress(address);
  const length = prefix === undefined ? parsed?.bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  if (!parsed || more.length > 0 || !(length! <= parsed.bits)) {
    throw invalidArgument(
      'Gateway: trustedProxies',
      text,
      'addresses and networks such as "127.0.0.1", "10.0.0.0/8" or "fd00::/8"',
    );
  }
  return { ...parsed, prefix: length! };
}

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

function parseAddress(text: string): ParsedAddress | null {
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === null ? null : { value, bits: 32 };
  }
  const value = parseIpv6(text);
  if (value === null) return null;
  // An IPv4 address as a socket of both families writes it: RFC 4291, 2.5.5.2.
  return value >> 32n === 0xffffn ? { value: value & 0xffff_ffffn, bits: 32 } : { value, bits: 128 };
}

function parseIpv4(text: string): bigint | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split('.').map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** RFC 4291, 2.2. A zone (`fe80::1%eth0`) is ignored. */
function parseIpv6(given: string): bigint | null {
  let [text = ''] = given.split('%');
  const dotted = /^(.*:)([\d.]+)$/.exec(text);
  if (dotted?.[2]!.includes('.')) {
    const value = parseIpv4(dotted[2]!);
    if (value === null) return null;
    text = `${dotted[1]}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return null;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
