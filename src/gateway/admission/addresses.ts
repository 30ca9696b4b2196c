import type { Clock } from '../../core/clock.js';
import type { ResolvedLimits } from '../gateway-limits.js';
import { ConnectionQuota, UNLIMITED, type AddressQuota } from './address-quota.js';
import { AddressUsage, type AddressLimit } from './address-usage.js';
import { networkOf } from './network-address.js';

/** A connection too many counts as this part of a violation, because many pages of one office may reconnect at once. */
const TOO_FAST = 0.1;

/** Counts what each network address has open, and how often it breaks rules. */
export class Addresses {
  readonly #limits: ResolvedLimits;
  readonly #clock: Clock;
  readonly #usage = new Map<string, AddressUsage>();

  constructor(limits: ResolvedLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#usage.size;
  }

  /** Takes one connection of the quota of an address; or the limit that it has reached. An unknown address has no limits. */
  admit(address: string | undefined): AddressQuota | AddressLimit {
    if (address === undefined) return UNLIMITED;
    const { connectionsPerAddress, topicsPerAddress } = this.#limits;
    const now = this.#clock.monotonic();
    const usage = this.#usageOf(address, now);
    const ban = usage.ban(now);
    if (ban) return ban;
    if (!usage.openings.take(now)) {
      usage.recordViolation(TOO_FAST, now);
      return { limit: 'openingsPerAddress', waitMs: usage.openings.waitMs };
    }
    if (usage.connections >= connectionsPerAddress) {
      usage.recordViolation(TOO_FAST, now);
      return { limit: 'connectionsPerAddress', waitMs: 1000 };
    }
    return new ConnectionQuota(usage, topicsPerAddress, this.#clock);
  }

  /** The ban of an address; `null` if it is not banned. */
  banOf(address: string | undefined): AddressLimit | null {
    if (address === undefined || this.#usage.size === 0) return null;
    return this.#usage.get(networkOf(address))?.ban(this.#clock.monotonic()) ?? null;
  }

  /** An address has broken a rule before it had a quota. */
  recordViolation(address: string | undefined): void {
    if (address === undefined) return;
    const now = this.#clock.monotonic();
    this.#usageOf(address, now).recordViolation(1, now);
  }

  /** Forgets addresses that have nothing open and broke no rule lately. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [network, usage] of this.#usage) if (usage.isAtRest(now)) this.#usage.delete(network);
  }

  #usageOf(address: string, now: number): AddressUsage {
    const network = networkOf(address);
    let usage = this.#usage.get(network);
    if (!usage) this.#usage.set(network, (usage = new AddressUsage(network, this.#limits, now)));
    return usage;
  }
}
