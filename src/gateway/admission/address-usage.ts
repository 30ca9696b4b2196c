import type { ResolvedLimits } from '../gateway-limits.js';
import { RateLimit } from './rate-limit.js';

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

/** What one network address has open, and how often it has broken rules. Times are on the monotonic clock. */
export class AddressUsage {
  readonly network: string;
  readonly openings: RateLimit;
  connections = 0;
  topics = 0;
  readonly #violations: RateLimit;
  /** Refusals that are being delayed. */
  #delayed = 0;
  /** Length of the last ban, ms. */
  #banMs = 0;
  #bannedUntil = 0;

  constructor(network: string, limits: ResolvedLimits, now: number) {
    const { openingsPerAddress, violationsPerAddress } = limits;
    this.network = network;
    this.openings = new RateLimit(openingsPerAddress, now);
    this.#violations = new RateLimit(violationsPerAddress / 60, now, violationsPerAddress);
  }

  /** Whether it has nothing open and broke no rule lately. */
  isAtRest(now: number): boolean {
    const isForgiven = this.#violations.isFull(now) && now >= this.#bannedUntil;
    return this.connections === 0 && this.#delayed === 0 && this.openings.isFull(now) && isForgiven;
  }

  /** Counts a broken rule, and bans the address if there were too many. @param weight 1 for a rule that no honest reader breaks. */
  recordViolation(weight: number, now: number): void {
    if (this.#violations.isFull(now)) this.#banMs = 0;
    this.#violations.charge(weight, now);
    if (this.#violations.left(now) >= 0 || now < this.#bannedUntil) return;
    this.#banMs = Math.min(BAN_MS.longest, Math.max(BAN_MS.first, 2 * this.#banMs));
    this.#bannedUntil = now + this.#banMs;
  }

  /** The ban, with the delay of its refusal; `null` if the address is not banned. */
  ban(now: number): AddressLimit | null {
    const waitMs = Math.ceil(this.#bannedUntil - now);
    if (waitMs <= 0) return null;
    const isDelayed = this.#delayed < MAX_DELAYED;
    if (isDelayed) this.#delayed++;
    const done = (): void => {
      if (isDelayed) this.#delayed--;
    };
    return {
      limit: 'violationsPerAddress',
      waitMs,
      delayed: { delayMs: isDelayed ? Math.min(MAX_DELAY_MS, waitMs) : 0, done },
    };
  }
}
