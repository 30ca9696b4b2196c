import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { Lease } from '../../../src/core/locking/lock.js';
import type { RandomSource } from '../../../src/core/random.js';
import { WriterLease } from '../../../src/core/engine/writer/writer-lease.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { lockOf } from './scripted-parts.js';

/** A lock, and engines that acquire it. */
export class LeaseWorld {
  readonly clock = new FakeClock();
  readonly lock = new InMemoryLock({ clock: this.clock });
  /** What the lock does with a request: answers, fails, or never answers. */
  server: 'up' | 'failing' | 'silent' = 'up';
  asked = 0;
  readonly errors: TickmarkError[] = [];

  engine(leaseMs: number, random: RandomSource = () => 0.5): LeasedEngine {
    return new LeasedEngine(this, leaseMs, random);
  }

  /** Lets time pass in steps of 10 ms. After each step, engines that may store do so. Ends early when `isOver`. */
  async pass(
    ms: number,
    engines: readonly LeasedEngine[],
    isOver: () => boolean = () => false,
  ): Promise<number> {
    const start = this.clock.monotonic();
    while (this.clock.monotonic() - start < ms && !isOver()) {
      await this.clock.advance(10);
      for (const engine of engines) engine.store();
    }
    return this.clock.monotonic() - start;
  }
}

/** Uses a lease like an engine: stores when it may and has something to store. */
export class LeasedEngine {
  isNeeded = true;
  isBlind = false;
  /** Whether its process is gone, or cut off in both directions. */
  isDead = false;
  /** Whether its store takes nothing. */
  isStoreDown = false;
  stored = 0;
  granted = 0;
  readonly lease: WriterLease;

  constructor(world: LeaseWorld, leaseMs: number, random: RandomSource) {
    const reach = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      world.asked++;
      if (this.isDead || world.server === 'silent') return new Promise<never>(() => undefined);
      if (world.server === 'failing') throw new Error('the lock is down');
      return call();
    };
    const lock = lockOf((key, options) =>
      reach(async () => {
        const lease = await world.lock.acquire(key, options);
        return {
          key,
          fencingToken: lease.fencingToken,
          signal: lease.signal,
          get held() {
            return lease.held;
          },
          extend: (ttlMs) => reach(() => lease.extend(ttlMs)),
          release: () => reach(() => lease.release()),
          [Symbol.asyncDispose]: () => reach(() => lease.release()),
        } satisfies Lease;
      }),
    );
    this.lease = new WriterLease({
      lock,
      lockKey: 'values',
      leaseMs,
      clock: world.clock,
      random,
      hasWork: () => this.isNeeded && !this.isDead,
      mayMissPrices: () => this.isBlind,
      onGranted: () => void this.granted++,
      onError: (error) => void world.errors.push(error),
    });
  }

  /** Whether it stores. */
  get mayStore(): boolean {
    return !this.isDead && this.lease.mayStore;
  }

  store(): void {
    if (!this.isNeeded || this.isDead) return;
    this.lease.wake();
    if (!this.lease.mayStore) return;
    if (this.isStoreDown) return this.lease.recordFailure();
    this.stored++;
    this.lease.recordSuccess();
  }
}
