import type { Lock } from '../../core/locking/lock.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh lock for one case. */
export interface LockHarness extends Harness {
  /** The lock under test. */
  readonly lock: Lock;
  /** Another end of the same lock, as another process has it; needed for `supports.peer`. */
  readonly peer?: Lock;
}

/** What a lock can do beyond what the port demands. */
export interface LockSupport {
  /** `createHarness` gives a `peer`. */
  readonly peer: boolean;
}

/** Options of {@link lockConformance}. */
export interface LockConformanceOptions extends KitOptions<LockHarness, LockSupport> {
  /**
   * How long leases last that a case lets expire, in ms; more where round trips take long. A case that a busy machine holds up
   * is made again with longer ones. Default 300.
   */
  readonly leaseMs?: number;
}

export type LockKit = Kit<LockHarness, LockSupport>;

/** A lease that no case lets run out. */
export const LONG = { ttlMs: 60_000, waitMs: 0 };
/** A lease to wait for, longer than any wait of the kit. */
export const PATIENT = { ttlMs: 60_000, waitMs: 60_000 };
