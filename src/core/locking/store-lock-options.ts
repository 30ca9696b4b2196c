import type { Clock } from '../clock.js';
import type { AcquireOptions } from './lock.js';

/** How to acquire a lock that is kept in a store. */
export interface StoreAcquireOptions extends AcquireOptions {
  /**
   * Extends the lease by `ttlMs` each time that a third of it has passed, until it is released or lost; then its `signal`
   * fires. Default `false`.
   */
  readonly autoExtend?: boolean;
}

/** Options of a lock that is kept in a store. */
export interface StoreLockOptions {
  /** Time, for leases and waits. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance in [0, 1), for the pauses of waiters. Default: differs from run to run. */
  readonly random?: () => number;
  /** Longest pause between two tries of a waiter whose key another process holds, in ms from 1 to 60,000. Default 100. */
  readonly retryMs?: number;
  /** How long one answer of the server is waited for, in ms from 1 to 60,000. Default 2,000. */
  readonly callTimeoutMs?: number;
}

/** Counters of a lock that is kept in a store. */
export interface StoreLockStats {
  /** Leases held now. */
  readonly held: number;
  /** Callers waiting now. */
  readonly waiting: number;
  /** Leases granted since creation. */
  readonly granted: number;
  /** Leases that ended before they were released, also by `close()`. */
  readonly lost: number;
  /** Requests to the server that failed or were not answered in time. */
  readonly failed: number;
}
