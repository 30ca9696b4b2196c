import type { Lock } from '../../core/locking/lock.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh lock for one case. */
export interface LockHarness extends Harness {
  /** The lock under test. */
  readonly lock: Lock;
  /** A second lock on the same store, as a second process would have. Required with `supports.peer`. */
  readonly peer?: Lock;
}

/** Optional abilities of a lock. */
export interface LockSupport {
  /** Whether `createHarness` returns a `peer`, so that the kit also tests two processes. */
  readonly peer: boolean;
}

/** Options of {@link lockConformance}. */
export interface LockConformanceOptions extends KitOptions<LockHarness, LockSupport> {
  /**
   * Duration of leases that a case lets expire, in ms; more if round trips are slow. If a busy machine delays a case, it is repeated
   * with longer leases. Default 300.
   */
  readonly leaseMs?: number;
}

export type LockKit = Kit<LockHarness, LockSupport>;

/** A lease that does not expire during a case. */
export const LONG = { ttlMs: 60_000, waitMs: 0 };
/** As `LONG`, and waits longer than any case takes. */
export const PATIENT = { ttlMs: 60_000, waitMs: 60_000 };
