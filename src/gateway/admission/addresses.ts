import type { Clock } from '../../core/clock.js';
import type { ResolvedLimits } from '../gateway-limits.js';
import { networkOf } from './network-address.js';
import { RateLimit } from './rate-limit.js';

interface Usage {
  readonly network: string;
  connections: number;
  topics: number;
  readonly openings: RateLimit;
  readonly violations: RateLimit;
  /** Refusals that are being delayed. */
  delayed: number;
  /** Length of the last ban, ms. */
  banMs: number;
  /** On the monotonic clock. */
  bannedUntil: number;
}

/** What one connection uses of the limits of its address. */
export interface AddressQuota {
  /** The network that the address counts as; empty if the address is unknown. */
  readonly network: string;
  /** Takes room for topics. @returns For how many of `wanted`. */
  takeTopics(wanted: number): number;
  /** Gives room for topics back. */
  returnTopics(count: number): void;
  /** The reader has broken a rule, as no honest reader does. */
  recordViolation(): void;
  /** Gives everything back. */
  release(): void;
}

/** A limit that an address has reached. */
export interface AddressLimit {
  readonly limit: 'connections' | 'connectionsPerAddress' | 'openingsPerAddress' | 'violationsPerAddress';
  /** How long to wait before the next attempt, ms. */
  readonly waitMs: number;
  /** Present for a banned address: the answer is delayed, so that its next attempt comes later. */
  readonly delayed?: DelayedRefusal;
}

/** A refusal that is delayed. */
export interface DelayedRefusal {
  /** For how long, ms. 0: too many refusals of the address are delayed already, so this one is not answered. */
  readonly delayMs: number;
  /** To be called when the delay is over. */
  readonly done: () => void;
}

/** Length of the first ban, which doubles with each further one, and of the longest one, ms. */
const BAN_MS = { first: 1000, longest: 60_000 };
/** How long a refusal is delayed at most, ms. */
const MAX_DELAY_MS = 2000;
/** How many refusals of one address are delayed at a time. */
const MAX_DELAYED = 8;
/** A connection too many counts as this part of a violation, because many pages of one office may reconnect at once. */
const TOO_FAST = 0.1;

/** Counts what each network address has open, and how often it breaks rules. */
export class Addresses {
  readonly #limits: ResolvedLimits;
  readonly #clock: Clock;
  readonly #usage = new Map<string, Usage>();

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
    const now = this.#clock.monotonic();
    const usage = this.#usageOf(address, now);
    const ban = banOf(usage, now);
    if (ban) return ban;
    if (!usage.openings.take(now)) {
      this.#recordViolation(usage, TOO_FAST);
      return { limit: 'openingsPerAddress', waitMs: usage.openings.waitMs };
    }
    if (usage.connections >= this.#limits.connectionsPerAddress) {
      this.#recordViolation(usage, TOO_FAST);
      return { limit: 'connectionsPerAddress', waitMs: 1000 };
    }
    usage.connections++;
    return new Quota(usage, this.#limits.topicsPerAddress, () => this.#recordViolation(usage, 1));
  }

  /** The ban of an address; `null` if it is not banned. */
  banOf(address: string | undefined): AddressLimit | null {
    if (address === undefined || this.#usage.size === 0) return null;
    const usage = this.#usage.get(networkOf(address));
    return usage ? banOf(usage, this.#clock.monotonic()) : null;
  }

  /** An address has broken a rule before it had a quota. */
  recordViolation(address: string | undefined): void {
    if (address !== undefined) this.#recordViolation(this.#usageOf(address, this.#clock.monotonic()), 1);
  }

  /** Forgets addresses that have nothing open and broke no rule lately. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [address, { connections, delayed, openings, violations, bannedUntil }] of this.#usage) {
      const hasRested = openings.isFull(now) && violations.isFull(now) && now >= bannedUntil;
      if (connections === 0 && delayed === 0 && hasRested) this.#usage.delete(address);
    }
  }

  #usageOf(address: string, now: number): Usage {
    const network = networkOf(address);
    let usage = this.#usage.get(network);
    if (!usage) {
      const { openingsPerAddress, violationsPerAddress } = this.#limits;
      usage = {
        network,
        connections: 0,
        topics: 0,
        openings: new RateLimit(openingsPerAddress, now),
        violations: new RateLimit(violationsPerAddress / 60, now, violationsPerAddress),
        delayed: 0,
        banMs: 0,
        bannedUntil: -Infinity,
      };
      this.#usage.set(network, usage);
    }
    return usage;
  }

  #recordViolation(usage: Usage, weight: number): void {
    const now = this.#clock.monotonic();
    if (usage.violations.isFull(now)) usage.banMs = 0;
    usage.violations.charge(weight, now);
    if (usage.violations.left(now) >= 0 || now < usage.bannedUntil) return;
    usage.banMs = Math.min(BAN_MS.longest, Math.max(BAN_MS.first, 2 * usage.banMs));
    usage.bannedUntil = now + usage.banMs;
  }
}

function banOf(usage: Usage, now: number): AddressLimit | null {
  const waitMs = Math.ceil(usage.bannedUntil - now);
  if (waitMs <= 0) return null;
  const isDelayed = usage.delayed < MAX_DELAYED;
  if (isDelayed) usage.delayed++;
  const done = (): void => {
    if (isDelayed) usage.delayed--;
  };
  return {
    limit: 'violationsPerAddress',
    waitMs,
    delayed: { delayMs: isDelayed ? Math.min(MAX_DELAY_MS, waitMs) : 0, done },
  };
}

class Quota implements AddressQuota {
  readonly network: string;
  readonly recordViolation: () => void;
  readonly #usage: Usage;
  readonly #most: number;
  #topics = 0;
  #isReleased = false;

  constructor(usage: Usage, most: number, violated: () => void) {
    this.network = usage.network;
    this.recordViolation = violated;
    this.#usage = usage;
    this.#most = most;
  }

  takeTopics(wanted: number): number {
    const count = Math.max(0, Math.min(wanted, this.#most - this.#usage.topics));
    this.#usage.topics += count;
    this.#topics += count;
    return count;
  }

  returnTopics(count: number): void {
    this.#usage.topics -= count;
    this.#topics -= count;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#usage.connections--;
    this.returnTopics(this.#topics);
  }
}

const UNLIMITED: AddressQuota = {
  network: '',
  takeTopics: (wanted) => wanted,
  returnTopics: () => undefined,
  recordViolation: () => undefined,
  release: () => undefined,
};
