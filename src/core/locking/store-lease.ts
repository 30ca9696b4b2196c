import { timerDelay, type Clock, type Timer } from '../clock.js';
import { LockError, quote, type TickmarkError } from '../errors.js';
import type { Lease } from './lock.js';
import type { MultiKeyLease } from './store-lock.js';

/** What a lease needs of its lock, and reports to it. */
export interface LeaseHost {
  readonly clock: Clock;
  /** @throws TickmarkError `INVALID_ARGUMENT` for a `ttlMs` that is not a finite time above 0. */
  checkTtl(ttlMs: number): void;
  /** @returns Whether the store extended the lease. @throws TickmarkError if the store failed or did not answer. */
  extend(lease: StoreLease, ttlMs: number): Promise<boolean>;
  /** Releases the keys of the lease in the store. Never rejects. */
  free(lease: StoreLease): Promise<void>;
  /** The lease has ended. */
  ended(lease: StoreLease, lost: boolean): void;
}

/** Options of {@link StoreLease}. */
export interface StoreLeaseOptions {
  readonly keys: readonly string[];
  readonly tokens: readonly bigint[];
  /** The owner of the keys in the store; each lease has its own. */
  readonly owner: string;
  readonly ttlMs: number;
  /** When the lease expires, on the holder's monotonic clock: `ttlMs` after the time just before the request was sent. */
  readonly deadline: number;
  /** Whether the lease is extended automatically until it is released. */
  readonly autoExtend: boolean;
}

/** A lease of one or several keys in a store. It ends at the latest at its deadline on the holder's clock. */
export class StoreLease implements Lease, MultiKeyLease {
  readonly keys: readonly string[];
  readonly key: string;
  readonly fencingTokens: ReadonlyMap<string, bigint>;
  readonly fencingToken: bigint;
  /** The owner of the keys in the store. */
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

  // Created on demand: most leases are released without a listener.
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#lossReason) this.#controller.abort(this.#lossReason);
    }
    return this.#controller.signal;
  }

  async extend(ttlMs = this.#ttlMs): Promise<void> {
    this.#host.checkTtl(ttlMs);
    // One at a time, so that the last call takes effect, here and in the store.
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

  /** Ends the lease if it has expired: its timer may be late because the process was busy. */
  expireIfDue(): void {
    if (this.#state === 'held' && !this.held) this.lose(this.#lostError());
  }

  /** Ends the lease as lost; its signal fires. */
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
    // A shorter time may take effect in the store even if no answer comes.
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
    // If the answer came too late, the store has extended a lease that nobody holds; or it may still have some of several keys.
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
      // Timers may fire a fraction of a millisecond early, and long delays are capped.
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
      // If the store fails, the lease is extended again while time is left.
      this.extend().catch(() => this.#startRenewalTimer(this.#ttlMs / 10));
    };
    this.#renewalTimer = this.#host.clock.setTimer(renew, timerDelay(Math.max(0, delayMs)));
  }

  #lostError(): LockError {
    if (this.#lossReason?.code === 'LEASE_LOST') return this.#lossReason as LockError;
    const why = this.#state === 'released' ? 'was released' : 'expired or was taken over';
    return new LockError('LEASE_LOST', this.key, `The lease of ${describeKeys(this.keys)} ${why}.`);
  }
}

/** Keys, as a message shows them. */
export function describeKeys(keys: readonly string[]): string {
  return quote(keys[0]) + (keys.length > 1 ? ` and ${keys.length - 1} more` : '');
}
