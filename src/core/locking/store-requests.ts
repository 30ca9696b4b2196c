import { BoundedCalls, type Clock } from '../clock.js';
import { TickmarkError } from '../errors.js';
import { errorText } from '../error-text.js';
import type { GrantResult, LeaseStore } from './lease-store.js';

/** Keys in the store, and their owner. */
export interface OwnedKeys {
  readonly keys: readonly string[];
  readonly owner: string;
}

/** Sends requests to a store that may fail or never answer. If keys may have been granted without an answer, they are released. */
export class StoreRequests {
  readonly #store: LeaseStore;
  readonly #name: string;
  readonly #calls: BoundedCalls;
  // Keys are still released after `abandon()`.
  readonly #freeCalls: BoundedCalls;
  readonly #freeing = new Set<Promise<void>>();
  #failed = 0;

  /** @param name Name of the lock in messages. */
  constructor(store: LeaseStore, name: string, clock: Clock, limitMs: number) {
    this.#store = store;
    this.#name = name;
    this.#calls = new BoundedCalls(clock, limitMs);
    this.#freeCalls = new BoundedCalls(clock, limitMs);
  }

  /** Requests that failed or timed out. */
  get failed(): number {
    return this.#failed;
  }

  /** @throws TickmarkError `LOCK_FAILED`, `TIMEOUT`; the reason of `stop` if that fires first. */
  async grant({ keys, owner }: OwnedKeys, ttlMs: number, stop: AbortSignal): Promise<GrantResult> {
    const asked = (async () => this.#store.grant(keys, owner, ttlMs))();
    try {
      return await this.#bounded('Acquiring', () => untilStopped(asked, stop));
    } catch (error) {
      void this.free({ keys, owner });
      const freeLate = (late: GrantResult): unknown => 'tokens' in late && this.free({ keys, owner });
      asked.then(freeLate).catch(() => undefined);
      throw error;
    }
  }

  /** @throws TickmarkError `LOCK_FAILED`, `TIMEOUT`. */
  extend({ keys, owner }: OwnedKeys, ttlMs: number): Promise<boolean> {
    return this.#bounded('Extending', () => this.#store.extend(keys, owner, ttlMs));
  }

  /** Releases the keys of the owner; if that fails, they expire. Never rejects. */
  free({ keys, owner }: OwnedKeys): Promise<void> {
    const freeing = this.#freeCalls
      .run('Freeing', () => this.#store.release(keys, owner))
      .catch(() => void this.#failed++)
      .finally(() => this.#freeing.delete(freeing));
    this.#freeing.add(freeing);
    return freeing;
  }

  /** Stops waiting for answers, except when it releases keys. */
  abandon(reason: TickmarkError): void {
    this.#calls.abandon(reason);
  }

  /** Resolves when no keys are being released. */
  async freed(): Promise<void> {
    while (this.#freeing.size > 0) await Promise.all(this.#freeing);
  }

  async #bounded<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#calls.run(`${this.#name}: ${what}`, call);
    } catch (cause) {
      const isOwn = cause instanceof TickmarkError;
      if (!isOwn || cause.code === 'TIMEOUT') this.#failed++;
      if (isOwn) throw cause;
      const message = `${this.#name}: ${what} failed: ${errorText(cause)}`;
      const { retryable = true } = (cause ?? {}) as { retryable?: boolean };
      throw new TickmarkError('LOCK_FAILED', message, { retryable, cause });
    }
  }
}

function untilStopped<Result>(asked: Promise<Result>, stop: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => reject(stop.reason as TickmarkError);
    stop.addEventListener('abort', onStop, { once: true });
    asked.then(resolve, reject).finally(() => stop.removeEventListener('abort', onStop));
  });
}
