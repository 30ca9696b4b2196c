import { sleep, timerDelay, type Clock } from '../clock.js';
import { LockError, TickmarkError, abortedError, invalidArgument } from '../errors.js';
import { KeyQueues, type QueuePlace } from './key-queues.js';
import type { GrantResult, LeaseStore } from './lease-store.js';
import type { Lease, Lock } from './lock.js';
import { StoreLease, describeKeys, type LeaseHost, type MultiKeyLease } from './store-lease.js';
import type { StoreAcquireOptions, StoreLockOptions, StoreLockStats } from './store-lock-options.js';
import { StoreRequests } from './store-requests.js';

/** What a {@link StoreLock} is made from, besides its options. */
export interface StoreLockParts {
  readonly store: LeaseStore;
  /** Of the class, for messages. */
  readonly name: string;
  /** Differs from that of every other lock on the store. */
  readonly identity: string;
  /** Chance where the options give none. */
  readonly random: () => number;
  /** Time where the options give none. */
  readonly clock: Clock;
}

interface LockRequest {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly autoExtend: boolean;
}

const SHORTEST_PAUSE_MS = 8;

/**
 * A lock whose leases are kept in a store that several processes share; what `RedisLock` and `PostgresLock` have in common.
 *
 * Within a process callers of a key take turns, in the order they came. Across processes a waiter asks again after a pause
 * with jitter, of at most `retryMs`, and when the lease of the holder runs out.
 */
export abstract class StoreLock implements Lock {
  readonly #store: LeaseStore;
  readonly #name: string;
  readonly #identity: string;
  readonly #clock: Clock;
  readonly #random: () => number;
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

  constructor(parts: StoreLockParts, options: StoreLockOptions) {
    const { clock = parts.clock, random = parts.random, retryMs = 100, callTimeoutMs = 2_000 } = options;
    for (const [name, ms] of Object.entries({ retryMs, callTimeoutMs })) {
      if (typeof ms !== 'number' || !(ms >= 1 && ms <= 60_000))
        throw invalidArgument(`${parts.name}: ${name}`, ms, 'ms from 1 to 60,000');
    }
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

  /**
   * See `Lock.acquire`.
   * @throws also TickmarkError `LOCK_FAILED` when the server failed and `TIMEOUT` when it did not answer, both retryable. A
   * lease that it may have granted all the same is given back.
   */
  async acquire(key: string, options: StoreAcquireOptions = {}): Promise<Lease> {
    return this.#acquire([key], 'acquire: key', options);
  }

  /**
   * Waits for several keys and takes them together, all or none. Callers that share keys never wait for each other in a
   * circle: nobody holds a key while waiting for another one.
   * @param keys Which; one given twice counts once.
   * @throws as `acquire`; `INVALID_ARGUMENT` also for no key. A LockError names the first key.
   */
  async acquireMany(keys: readonly string[], options: StoreAcquireOptions = {}): Promise<MultiKeyLease> {
    return this.#acquire([...new Set(keys)], 'acquireMany: keys', options);
  }

  /** See `Lock.close`. Settles when the server has heard of it, or did not answer in time; the client stays open. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Counters. */
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
        throw invalidArgument(`${this.#name}.${where}`, key, 'a text that is not empty');
    }
    this.#checkTtl(ttlMs);
    if (typeof waitMs !== 'number' || !(waitMs >= 0))
      throw invalidArgument(`${this.#name}: waitMs`, waitMs, 'a time in ms from 0');
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
    const turn = this.#queues.join(keys);
    try {
      if (!turn.isReady) await this.#untilReady(turn, left, stop);
      for (let tries = 0; turn.isReady; tries++) {
        stop.throwIfAborted();
        const holding = { keys, owner: `${this.#identity}:${++this.#requestCount}` };
        const deadline = this.#clock.monotonic() + ttlMs;
        const grant = await this.#requests.grant(holding, ttlMs, stop);
        if ('tokens' in grant) {
          if (this.#clock.monotonic() < deadline) {
            const lease = new StoreLease({ ...holding, ...grant, ttlMs, deadline, autoExtend }, this.#host);
            this.#leases.set(lease, turn);
            this.#granted++;
            turn.onFollowed = () => lease.expireIfDue();
            return lease;
          }
          // The answer took longer than the lease lasts.
          await this.#requests.free(holding);
        }
        if (left() <= 0) break;
        await sleep(this.#clock, Math.min(this.#retryDelay(tries, grant), timerDelay(left())), stop);
      }
      throw new LockError(
        'LOCK_TIMEOUT',
        keys[0]!,
        `The lock ${describeKeys(keys)} was not free within ${waitMs} ms.`,
      );
    } catch (error) {
      turn.leave();
      throw error;
    }
  }

  // Settles when it is the caller's turn or its time is up.
  async #untilReady(turn: QueuePlace, left: () => number, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const onStop = (): void => over.abort();
    stop.addEventListener('abort', onStop, { once: true });
    void turn.ready.then(onStop);
    while (!turn.isReady && !stop.aborted && left() > 0) {
      await sleep(this.#clock, timerDelay(left()), over.signal).catch(() => undefined);
    }
    stop.removeEventListener('abort', onStop);
    stop.throwIfAborted();
  }

  #retryDelay(tries: number, grant: GrantResult): number {
    const longest = Math.min(this.#retryMs, SHORTEST_PAUSE_MS * 2 ** Math.min(tries, 16));
    const pause = longest * (0.5 + this.#random() / 2);
    return 'tokens' in grant
      ? pause
      : Math.min(pause, grant.heldForMs + 1 + this.#random() * SHORTEST_PAUSE_MS);
  }

  #checkTtl(ttlMs: number): void {
    if (typeof ttlMs !== 'number' || !(ttlMs > 0 && ttlMs < Infinity)) {
      throw invalidArgument(`${this.#name}: ttlMs`, ttlMs, 'a time in ms above 0 that ends');
    }
  }

  async #close(): Promise<void> {
    const waits = [...this.#waits];
    for (const [stop] of waits) stop.abort(closedError());
    this.#requests.abandon(closedError());
    this.#loseLeases();
    await Promise.allSettled(waits.map(([, wait]) => wait));
    // One may have been granted just before.
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
