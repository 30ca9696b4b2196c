import type { Clock } from '../../core/clock.js';
import type { AddressUsage } from './address-usage.js';

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
  /** It opened no connection, and does not count as one that was opened. */
  returnOpening(): void;
  /** Gives everything back. */
  release(): void;
}

/** The quota of an unknown address. */
export const UNLIMITED: AddressQuota = {
  network: '',
  takeTopics: (wanted) => wanted,
  returnTopics: () => undefined,
  recordViolation: () => undefined,
  returnOpening: () => undefined,
  release: () => undefined,
};

/** The quota of one connection, which counts as open until `release()`. */
export class ConnectionQuota implements AddressQuota {
  readonly network: string;
  readonly recordViolation: () => void;
  readonly returnOpening: () => void;
  readonly #usage: AddressUsage;
  readonly #most: number;
  #topics = 0;
  #isReleased = false;

  /** @param most Topics of all connections of the address. */
  constructor(usage: AddressUsage, most: number, clock: Clock) {
    this.network = usage.network;
    this.recordViolation = () => usage.recordViolation(1, clock.monotonic());
    this.returnOpening = () => usage.openings.charge(-1, clock.monotonic());
    this.#usage = usage;
    this.#most = most;
    usage.connections++;
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
