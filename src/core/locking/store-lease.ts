import { timerDelay, type Clock, type Timer } from '../clock.js';
import { LockError, quote, type TickmarkError } from '../errors.js';
import type { Lease } from './lock.js';

/** The right, for a time, to work on what several keys name: held as a whole and lost as a whole. */
export interface MultiKeyLease extends Omit<Lease, 'key' | 'fencingToken'> {
  /** What is locked: each key once, in the order given. */
  readonly keys: readonly string[];
  /** A token for each key, see `Lease.fencingToken`. */
  readonly fencingTokens: ReadonlyMap<string, bigint>;
}

/** What a lease asks of the lock it belongs to. */
export interface LeaseHost {
  readonly clock: Clock;
  /** Refuses a `ttlMs` that is no time. */
  checkTtl(ttlMs: number): void;
  /** Whether the store let the lease go on. @throws TickmarkError when the store failed or did not answer. */
  extend(lease: StoreLease, ttlMs: number): Promise<boolean>;
  /** Frees in the store what is the lease's. Never rejects. */
  free(lease: StoreLease): Promise<void>;
  /** The lease is held no more. */
  ended(lease: StoreLease, lost: boolean): void;
}

/** What was granted. */
export interface StoreLeaseOptions {
  readonly keys: readonly string[];
  readonly tokens: readonly bigint[];
  /** Who holds the keys in the store: this lease and no other. */
  readonly owner: string;
  readonly ttlMs: number;
  /** By the holder's monotonic clock, counted from before the request left. */
  readonly deadline: number;
  /** Whether it extends itself until it is released. */
  readonly autoExtend: boolean;
}

/** A lease of one key or of several, kept in a store. Its holder's own clock decides how long it lasts, at the most. */
export class StoreLease implements Lease, MultiKeyLease {
  readonly keys: readonly string[];
  readonly key: string;
  readonly fencingTokens: ReadonlyMap<string, bigint>;
  readonly fencingToken: bigint;
  /** Its name in the store. */
  readonly owner: string;
  readonly #host: LeaseHost;
  readonly #ttlMs: number;
  readonly #autoExtend: boolean;
  #deadline: number;
  #expiryTimer: Timer | undefined;
  #renewalTimer: Timer | undefined;
  #state: 'held' | 'released' | 'lost' = 'held';
  #lossReason: TickmarkError | undefined;
  #controller: AbortController | undefined;
  #extending: Promise<unknown> = Promise.resolve();
  #freed: Promise<void> | undefined;

  constructor(grant: StoreLeaseOptions, host: LeaseHost) {
    this.keys = grant.keys;
    this.key = grant.keys[0]!;
    this.fencingTokens = new Map(grant.keys.map((key, at) => [key, grant.tokens[at]!]));
    this.fencingToken = grant.tokens[0]!;
    this.owner = grant.owner;
    this.#host = host;
    this.#ttlMs = grant.ttlMs;
    this.#autoExtend = grant.autoExtend;
    this.#deadline = grant.deadline;
    this.#startExpiryTimer();
    this.#startRenewalTimer();
  }

  get held(): boolean {
    return this.#state === 'held' && this.#remainingMs() > 0;
  }

  // Made on demand: most leases are released without anyone having listened.
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#lossReason) this.#controller.abort(this.#lossReason);
    }
    return this.#controller.signal;
  }

  async extend(ttlMs = this.#ttlMs): Promise<void> {
    this.#host.checkTtl(ttlMs);
    // One after the other: the last one asked for is the one that counts, here and in the store.
    const extended = this.#extending.then(() => this.#extend(ttlMs));
    this.#extending = extended.catch(() => undefined);
    return extended;
  }

  async release(): Promise<void> {
    this.expireIfDue();
    if (this.#state === 'held') {
      this.#end('released');
      this.#freed = this.#host.free(this).finally(() => this.#host.ended(this, false));
    }
    return this.#freed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Ends the lease if its time is up, also where its timer is late because the process was busy. */
  expireIfDue(): void {
    if (this.#state === 'held' && !this.held) this.lose(this.#lostError());
  }

  /** Takes the lease away from its holder. */
  lose(reason: TickmarkError): void {
    if (this.#state !== 'held') return;
    this.#end('lost');
    this.#lossReason = reason;
    this.#host.ended(this, true);
    this.#controller?.abort(reason);
  }

  async #extend(ttlMs: number): Promise<void> {
    this.expireIfDue();
    if (this.#state !== 'held') throw this.#lostError();
    const deadline = this.#host.clock.monotonic() + ttlMs;
    // Where it is for a shorter time, that may come into force though no answer arrives.
    this.#deadline = Math.min(this.#deadline, deadline);
    this.#startExpiryTimer();
    const isExtended = await this.#host.extend(this, ttlMs);
    this.expireIfDue();
    if (this.#state === 'held' && isExtended) {
      this.#deadline = deadline;
      this.#startExpiryTimer();
      this.#startRenewalTimer();
      return;
    }
    this.lose(this.#lostError());
    // An answer that comes too late has prolonged what nobody holds, and of several keys some may be left.
    void this.#host.free(this);
    throw this.#lostError();
  }

  #remainingMs(): number {
    return this.#deadline - this.#host.clock.monotonic();
  }

  #end(state: 'released' | 'lost'): void {
    this.#state = state;
    this.#expiryTimer?.clear();
    this.#renewalTimer?.clear();
  }

  #startExpiryTimer(): void {
    this.#expiryTimer?.clear();
    const onTimer = (): void => {
      // Timers may come a fraction of a millisecond early, and long ones are cut.
      if (this.held) this.#startExpiryTimer();
      else this.expireIfDue();
    };
    this.#expiryTimer = this.#host.clock.setTimer(
      onTimer,
      timerDelay(Math.max(0, Math.ceil(this.#remainingMs()))),
    );
  }

  #startRenewalTimer(delayMs = this.#remainingMs() - (this.#ttlMs * 2) / 3): void {
    this.#renewalTimer?.clear();
    if (!this.#autoExtend || this.#state !== 'held') return;
    const renew = (): void => {
      // A store that failed is asked again while there is time.
      this.extend().catch(() => this.#startRenewalTimer(this.#ttlMs / 10));
    };
    this.#renewalTimer = this.#host.clock.setTimer(renew, timerDelay(Math.max(0, delayMs)));
  }

  #lostError(): LockError {
    if (this.#lossReason?.code === 'LEASE_LOST') return this.#lossReason as LockError;
    const why = this.#state === 'released' ? 'was released' : 'ran out or was taken away';
    return new LockError('LEASE_LOST', this.key, `The lease of ${describeKeys(this.keys)} ${why}.`);
  }
}

/** Keys as they are shown in a message. */
export function describeKeys(keys: readonly string[]): string {
  return quote(keys[0]) + (keys.length > 1 ? ` and ${keys.length - 1} more` : '');
}
