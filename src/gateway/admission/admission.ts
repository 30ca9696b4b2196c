import type { Clock } from '../../core/clock.js';
import type { ResolvedLimits } from '../gateway-limits.js';
import { Addresses } from './addresses.js';
import type { AddressLimit } from './address-usage.js';
import type { AddressQuota } from './address-quota.js';
import type { OriginPolicy } from './origin-policy.js';
import type { Refusal } from './refusal.js';
import type { SecurityLog } from './security-events.js';

/** What {@link Admission} works with. */
export interface AdmissionOptions {
  readonly limits: ResolvedLimits;
  readonly clock: Clock;
  readonly origins: OriginPolicy;
  readonly security: SecurityLog;
  /** How many connections are open. */
  readonly openConnections: () => number;
}

/** How long a reader waits before it retries, if the gateway is full, ms. */
const FULL_WAIT_MS = 1000;

/** Decides which requests, handshakes and sockets are admitted, before their sender is authenticated. Reports those that it refuses. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #addresses: Addresses;
  /** Requests and handshakes in progress, and refused sockets that have not closed. */
  #reserved = 0;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#addresses = new Addresses(options.limits, options.clock);
  }

  /** Whether the gateway admits nobody any longer. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes a connection of the quota of an address; or the limit that it has reached. */
  admit(address: string | undefined): AddressQuota | AddressLimit {
    const quota = this.#isFull ? FULL : this.#addresses.admit(address);
    if ('limit' in quota) this.#report(quota, address);
    return quota;
  }

  /** The limit because of which an address is refused before its request is read; `null` if there is none. Takes no quota. */
  limitOf(address: string | undefined): AddressLimit | null {
    const limit = this.#isFull ? FULL : this.#addresses.banOf(address);
    if (limit) this.#report(limit, address);
    return limit;
  }

  /** Why the origin of a request may not read; `null` if it may. */
  originRefusal(request: Request, address: string | undefined): Refusal | null {
    const { origins, security } = this.#options;
    const refusal = origins.refusalOf(request);
    if (refusal) {
      security.report('origin-refused', { address }, request.headers.get('origin') ?? 'no origin');
    }
    return refusal;
  }

  /** An address has broken a rule before it was admitted. */
  recordViolation(address: string | undefined): void {
    this.#addresses.recordViolation(address);
  }

  /** Counts one more connection, for a request or socket that is none yet. @returns A function that ends that. */
  reserve(): () => void {
    this.#reserved++;
    let isOver = false;
    return () => {
      if (!isOver) this.#reserved--;
      isOver = true;
    };
  }

  /** Forgets addresses that have no connection and broke no rule lately. */
  sweep(): void {
    this.#addresses.sweep();
  }

  /** Admits nobody any longer. */
  close(): void {
    this.#isClosed = true;
  }

  get #isFull(): boolean {
    const { openConnections, limits } = this.#options;
    return openConnections() + this.#reserved >= limits.connections;
  }

  #report({ limit }: AddressLimit, address: string | undefined): void {
    this.#options.security.report('limit', { address }, limit);
  }
}

const FULL: AddressLimit = { limit: 'connections', waitMs: FULL_WAIT_MS };
