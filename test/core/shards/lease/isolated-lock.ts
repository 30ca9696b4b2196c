import type { AcquireOptions, Lease, Lock } from '../../../../src/core/locking/lock.js';

/** The connection of one process to a lock, which can be cut: then no call is answered, or each is refused. */
export class IsolatedLock implements Lock {
  isCut = false;
  refuses = false;
  /** Calls of `acquire()` so far. */
  acquires = 0;
  /** What each call takes. */
  delay: () => Promise<void> = () => Promise.resolve();
  readonly #lock: Lock;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  async acquire(key: string, options?: AcquireOptions): Promise<Lease> {
    this.acquires++;
    await this.#wire();
    const lease = await this.#lock.acquire(key, options);
    const wire = (): Promise<void> => this.#wire();
    return {
      key,
      fencingToken: lease.fencingToken,
      signal: lease.signal,
      get held() {
        return lease.held;
      },
      extend: async (ttlMs) => {
        await wire();
        return lease.extend(ttlMs);
      },
      release: async () => {
        await wire();
        return lease.release();
      },
      [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
    };
  }

  close(): Promise<void> {
    return this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #wire(): Promise<void> {
    await this.delay();
    if (this.refuses) throw new Error('connection refused');
    if (this.isCut) await new Promise<never>(() => undefined);
  }
}
