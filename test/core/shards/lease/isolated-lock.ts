import type { AcquireOptions, Lease, Lock } from '../../../../src/core/locking/lock.js';

/** The connection of one process to a lock, which can be cut: then no call is answered, or each is refused. */
export class IsolatedLock implements Lock {
  isCut = false;
  refuses = false;
  readonly #lock: Lock;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  async acquire(key: string, options?: AcquireOptions): Promise<Lease> {
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

  #wire(): Promise<void> {
    if (this.refuses) return Promise.reject(new Error('connection refused'));
    return this.isCut ? new Promise<never>(() => undefined) : Promise.resolve();
  }
}
