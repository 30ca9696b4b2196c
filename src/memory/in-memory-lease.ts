import type { Clock, Timer } from '../core/clock.js';
import { LockError, quote, type TickmarkError } from '../core/errors.js';
import type { Lease } from '../core/locking/lock.js';
import { timerDelay } from './timer-limit.js';

/** What a lease tells the lock it belongs to. */
export interface LeaseOwner {
  readonly clock: Clock;
  /** Refuses a `ttlMs` that is no time. */
  checkTtl(ttlMs: number): void;
  /** The lease has ended: `lost` when it ran out, else because its holder gave it back. */
  ended(lease: InMemoryLease, lost: boolean): void;
}

/** A lease of `InMemoryLock`. Its lock is told when it ends, and by then it knows so itself. */
export class InMemoryLease implements Lease {
  readonly key: string;
  readonly fencingToken: bigint;
  readonly #owner: LeaseOwner;
  readonly #ttlMs: number;
  #deadline: number;
  #timer: Timer | undefined;
  #state: 'held' | 'released' | 'lost' = 'held';
  #controller: AbortController | undefined;
  #lossReason: TickmarkError | undefined;

  constructor(key: string, fencingToken: bigint, ttlMs: number, owner: LeaseOwner) {
    this.key = key;
    this.fencingToken = fencingToken;
    this.#owner = owner;
    this.#ttlMs = ttlMs;
    this.#deadline = owner.clock.monotonic() + ttlMs;
    this.#arm();
  }

  get held(): boolean {
    return this.#state === 'held' && this.#owner.clock.monotonic() < this.#deadline;
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
    this.#owner.checkTtl(ttlMs);
    this.expireIfDue();
    if (this.#state !== 'held') throw this.#lostError();
    this.#deadline = this.#owner.clock.monotonic() + ttlMs;
    this.#arm();
  }

  async release(): Promise<void> {
    this.expireIfDue();
    if (this.#state !== 'held') return;
    this.#end('released');
    this.#owner.ended(this, false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Ends the lease if its time is up, also where its timer is late because the process was busy. */
  expireIfDue(): void {
    if (this.#state !== 'held' || this.held) return;
    this.lose(this.#lostError());
    this.#owner.ended(this, true);
  }

  /** Takes the lease away. */
  lose(reason: TickmarkError): void {
    this.#end('lost');
    this.#lossReason = reason;
    this.#controller?.abort(reason);
  }

  #end(state: 'released' | 'lost'): void {
    this.#state = state;
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer?.clear();
    const left = Math.ceil(this.#deadline - this.#owner.clock.monotonic());
    this.#timer = this.#owner.clock.setTimer(() => this.#onTimer(), timerDelay(left));
  }

  #onTimer(): void {
    // Timers may come a fraction of a millisecond early, and long ones are cut.
    if (this.held) this.#arm();
    else this.expireIfDue();
  }

  #lostError(): LockError {
    const why = this.#state === 'released' ? 'was released' : 'ran out or was taken away';
    return new LockError('LEASE_LOST', this.key, `The lease of ${quote(this.key)} ${why}.`);
  }
}
