import type { Clock } from '../core/clock.js';
import type { SetLimits } from './gateway-options.js';
import { networkOf } from './network-address.js';
import { RateLimit } from './rate-limit.js';

interface Usage {
  connections: number;
  topics: number;
  readonly openings: RateLimit;
}

/** What one address has open: its share of the limits. */
export interface AddressShare {
  /** Takes room for topics; gives how many of `wanted` there is room for. */
  takeTopics(wanted: number): number;
  returnTopics(count: number): void;
  /** Gives everything back. */
  leave(): void;
}

/** A limit that holds, and how long to wait before asking again, ms. */
export interface AddressLimit {
  readonly limit: 'connections' | 'connectionsPerAddress' | 'openingsPerAddress';
  readonly waitMs: number;
}

/** Counts what each network address has open. */
export class Addresses {
  readonly #limits: SetLimits;
  readonly #clock: Clock;
  readonly #usage = new Map<string, Usage>();

  constructor(limits: SetLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#usage.size;
  }

  /** A share for one more connection, or which limit holds. Without an address there is none. */
  open(address: string | undefined): AddressShare | AddressLimit {
    if (address === undefined) return UNLIMITED;
    const now = this.#clock.monotonic();
    const network = networkOf(address);
    let usage = this.#usage.get(network);
    if (!usage) {
      usage = { connections: 0, topics: 0, openings: new RateLimit(this.#limits.openingsPerAddress, now) };
      this.#usage.set(network, usage);
    }
    if (!usage.openings.take(now)) return { limit: 'openingsPerAddress', waitMs: usage.openings.waitMs };
    if (usage.connections >= this.#limits.connectionsPerAddress) {
      return { limit: 'connectionsPerAddress', waitMs: 1000 };
    }
    usage.connections++;
    return new Share(usage, this.#limits.topicsPerAddress);
  }

  /** Forgets addresses that have nothing open and have rested. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [address, { connections, openings }] of this.#usage) {
      if (connections === 0 && openings.isFull(now)) this.#usage.delete(address);
    }
  }
}

class Share implements AddressShare {
  readonly #usage: Usage;
  readonly #most: number;
  #topics = 0;
  #hasLeft = false;

  constructor(usage: Usage, most: number) {
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

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#usage.connections--;
    this.returnTopics(this.#topics);
  }
}

const UNLIMITED: AddressShare = {
  takeTopics: (wanted) => wanted,
  returnTopics: () => undefined,
  leave: () => undefined,
};
