import { retryDelay } from '../backoff.js';
import { sleep, systemClock, timerDelay, type Clock } from '../clock.js';
import { LockError, TickmarkError, abortedError, invalidArgument } from '../errors.js';
import { checkNumber, withDefaults, checkOptions } from '../options.js';
import { systemRandom, type RandomSource } from '../random.js';
import { KeyQueues, type QueuePlace } from './key-queues.js';
import type { GrantResult, LeaseStore } from './lease-store.js';
import type { Lease } from './lock.js';
import { StoreLease, describeKeys, type LeaseHost } from './store-lease.js';
import type {
  MultiKeyLease,
  StoreAcquireOptions,
  StoreLock,
  StoreLockOptions,
  StoreLockStats,
} from './store-lock.js';
import { StoreRequests } from './store-requests.js';
import { ACQUIRE_OPTIONS } from './store-lock.js';

/** What a {@link LeasedLock} needs besides its options. */
export interface LeasedLockParts {
  readonly store: LeaseStore;
  /** Name of the public class, for messages. */
  readonly name: string;
  /** Unique among all locks on the store. */
  readonly identity: string;
}

interface LockRequest {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly autoExtend: boolean;
}

/** Greatest delay before the second try, in ms. */
const FIRST_DELAY_MS = 8;

/**
 * The implementation of `InMemoryLock`, `RedisLock` and `PostgresLock`. Its leases are kept in a store that several processes may share.
 *
 * Within a process, the callers of a key queue up in the order of their calls. The first of each process polls the store, with jittered
 * pauses of at most `retryMs`, and when the lease of the holder expires.
 */
export class LeasedLock implements StoreLock {
  readonly #store: LeaseStore;
  readonly #name: string;
  readonly #identity: string;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #retryMs: number;
  readonly #requests: StoreRequests;
  readonly #host: LeaseHost;
  readonly #queues = new KeyQueues();
  readonly #leases = new Map<StoreLease, QueuePlace>();
  readonly #waits = new Map<AbortController, Promise<unknown>>();
  #requestCount = 0;
  #granted = 0;
  #lost = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: LeasedLockParts, given: StoreLockOptions) {
    const { clock, random, retryMs, callTimeoutMs } = withDefaults(given, {
      clock: systemClock,
      random: systemRandom,
      retryMs: 100,
      callTimeoutMs: 2_000,
    });
    checkNumber(`${parts.name}: retryMs`, retryMs, { from: 1, to: 60_000 });
    checkNumber(`${parts.name}: callTimeoutMs`, callTimeoutMs, { from: 1, to: 60_000 });
    this.#store = parts.store;
    this.#name = parts.name;
    this.#identity = parts.identity;
    this.#clock = clock;
    this.#random = random;
    this.#retryMs = retryMs;
    this.#requests = new StoreRequests(parts.store, parts.name, clock, callTimeoutMs);
    this.#host = {
      clock,
      checkTtl: (ttlMs) => this.#checkTtl(ttlMs),
      extend: (lease, ttlMs) => this.#requests.extend(lease, ttlMs),
      free: (lease) => this.#requests.free(lease),
      ended: (lease, lost) => {
        if (lost) this.#lost++;
        this.#leases.get(lease)?.leave();
        this.#leases.delete(lease);
      },
    };
  }

  async acquire(key: string, options: StoreAcquireOptions = {}): Promise<Lease> {
    checkOptions(`${this.#name}.acquire`, options, ACQUIRE_OPTIONS);
    return this.#acquire([key], 'acquire: key', options);
  }

  async acquireMany(keys: readonly string[], options: StoreAcquireOptions = {}): Promise<MultiKeyLease> {
    checkOptions(`${this.#name}.acquireMany`, options, ACQUIRE_OPTIONS);
    return this.#acquire([...new Set(keys)], 'acquireMany: keys', options);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): StoreLockStats {
    return {
      held: this.#leases.size,
      waiting: this.#waits.size,
      granted: this.#granted,
      lost: this.#lost,
      failed: this.#requests.failed,
    };
  }

  async #acquire(keys: string[], where: string, options: StoreAcquireOptions): Promise<StoreLease> {
    const { ttlMs = 10_000, waitMs = 5_000, signal, autoExtend = false } = options;
    if (keys.length === 0) throw invalidArgument(`${this.#name}.${where}`, keys, 'one key or more');
    for (const key of keys) {
      if (typeof key !== 'string' || key === '')
        throw invalidArgument(`${this.#name}.${where}`, key, 'a string that is not empty');
    }
    this.#checkTtl(ttlMs);
    checkNumber(`${this.#name}: waitMs`, waitMs, { from: 0 });
    if (this.#closing) throw closedError();
    const aborted = (by: AbortSignal): TickmarkError =>
      abortedError(by, `Waiting for the lock ${describeKeys(keys)}`);
    if (signal?.aborted) throw aborted(signal);

    const stop = new AbortController();
    const onAbort = (): void => stop.abort(aborted(signal!));
    signal?.addEventListener('abort', onAbort, { once: true });
    const wait = this.#wait({ keys, ttlMs, waitMs, autoExtend }, stop.signal);
    this.#waits.set(stop, wait);
    try {
      return await wait;
    } finally {
      this.#waits.delete(stop);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #wait({ keys, ttlMs, waitMs, autoExtend }: LockRequest, stop: AbortSignal): Promise<StoreLease> {
    const until = this.#clock.monotonic() + waitMs;
    const left = (): number => until - this.#clock.monotonic();
    const place = this.#queues.join(keys);
    try {
      if (!place.isReady) await this.#untilReady(place, left, stop);
      for (let tries = 0; place.isReady; tries++) {
        stop.throwIfAborted();
        const holding = { keys, owner: `${this.#identity}:${++this.#requestCount}` };
        const deadline = this.#clock.monotonic() + ttlMs;
        const grant = await this.#requests.grant(holding, ttlMs, stop);
        if ('tokens' in grant) {
          if (this.#clock.monotonic() < deadline) {
            const lease = new StoreLease({ ...holding, ...grant, ttlMs, deadline, autoExtend }, this.#host);
            this.#leases.set(lease, place);
            this.#granted++;
            place.onFollowed = () => lease.expireIfDue();
            return lease;
          }
          // The answer took longer than the lease.
          await this.#requests.free(holding);
        }
        if (left() <= 0) break;
        await sleep(this.#clock, Math.min(this.#pollDelay(tries, grant), timerDelay(left())), stop);
      }
      throw new LockError(
        'LOCK_TIMEOUT',
        keys[0]!,
        `The lock ${describeKeys(keys)} was not free within ${waitMs} ms.`,
      );
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  /** Resolves when the caller is first in all queues, or when its time is over. */
  async #untilReady(place: QueuePlace, left: () => number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const onStop = (): void => over.abort();
    stop.addEventListener('abort', onStop, { once: true });
    void place.ready.then(onStop);
    while (!place.isReady && !stop.aborted && left() > 0) {
      await sleep(this.#clock, timerDelay(left()), over.signal).catch(() => undefined);
    }
    stop.removeEventListener('abort', onStop);
    stop.throwIfAborted();
  }

  #pollDelay(tries: number, grant: GrantResult): number {
    const delay = retryDelay(tries + 1, { firstMs: FIRST_DELAY_MS, capMs: this.#retryMs }, this.#random);
    if ('tokens' in grant) return delay;
    return Math.min(delay, grant.heldForMs + 1 + this.#random() * FIRST_DELAY_MS);
  }

  #checkTtl(ttlMs: number): void {
    if (typeof ttlMs !== 'number' || !(ttlMs > 0 && ttlMs < Infinity)) {
      throw invalidArgument(`${this.#name}: ttlMs`, ttlMs, 'a finite time in ms above 0');
    }
  }

  async #close(): Promise<void> {
    const waits = [...this.#waits];
    for (const [stop] of waits) stop.abort(closedError());
    this.#requests.abandon(closedError());
    this.#loseLeases();
    await Promise.allSettled(waits.map(([, wait]) => wait));
    // A lease may have been granted just before the waits ended.
    this.#loseLeases();
    await this.#requests.freed();
    this.#store.close();
  }

  #loseLeases(): void {
    for (const lease of [...this.#leases.keys()]) {
      lease.lose(closedError());
      void this.#requests.free(lease);
    }
  }
}

function closedError(): TickmarkError {
  return new TickmarkError('CLOSED', 'The lock was closed.');
}
