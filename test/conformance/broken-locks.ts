import { sleep, type Clock } from '../../src/core/clock.js';
import { TickmarkError } from '../../src/core/errors.js';
import type { AcquireOptions, Lease, Lock } from '../../src/core/locking/lock.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';

/** Makes a lock on a clock. */
export type MakeLock = (clock: Clock) => Lock;
type Acquire = (key: string, options?: AcquireOptions) => Promise<Lease>;

/** A good lock with a changed `acquire()`. */
function bent(bend: (lock: InMemoryLock, clock: Clock) => Acquire): MakeLock {
  return (clock) => {
    const lock = new InMemoryLock({ clock });
    return {
      acquire: bend(lock, clock),
      close: () => lock.close(),
      [Symbol.asyncDispose]: () => lock.close(),
    };
  };
}

/** A lease that behaves like another one except for `overrides`, which may call it. */
function changed(lease: Lease, overrides: Partial<Lease>): Lease {
  return {
    key: lease.key,
    fencingToken: lease.fencingToken,
    get signal() {
      return lease.signal;
    },
    get held() {
      return lease.held;
    },
    extend: (ttlMs) => lease.extend(ttlMs),
    release: () => lease.release(),
    [Symbol.asyncDispose]: () => lease.release(),
    ...overrides,
  };
}

const leasesBent = (bend: (lease: Lease, newest: () => Lease, ttlMs: number) => Lease): MakeLock =>
  bent((lock) => {
    const newest = new Map<string, Lease>();
    return async (key, options) => {
      const lease = await lock.acquire(key, options);
      newest.set(key, lease);
      return bend(lease, () => newest.get(key)!, options?.ttlMs ?? 10_000);
    };
  });

const repeatsTokens = leasesBent((lease) => changed(lease, { fencingToken: 1n }));
const tokensOfMilliseconds = bent((lock, clock) => async (key, options) => {
  return changed(await lock.acquire(key, options), { fencingToken: BigInt(clock.now()) });
});
const neverExpires = bent((lock) => (key, { ttlMs = 1, ...rest } = {}) => {
  return lock.acquire(key, { ...rest, ttlMs: ttlMs > 0 ? ttlMs * 1e6 : ttlMs });
});
const excludesNobody = bent((lock) => {
  let calls = 0;
  return async (key, options) => {
    const lease = await lock.acquire(key && `${key}#${++calls}`, options);
    return { ...changed(lease, {}), key };
  };
});
const looksAndThenTakes = bent((lock, clock) => {
  const taken = new Set<string>();
  let calls = 0;
  return async (key, { waitMs = 5000, ...rest } = {}) => {
    const deadline = clock.monotonic() + waitMs;
    while (taken.has(key) && clock.monotonic() < deadline) await sleep(clock, 1);
    if (taken.has(key)) return lock.acquire(key, { waitMs: 0 });
    await Promise.resolve();
    taken.add(key);
    const lease = await lock.acquire(`${key}#${++calls}`, rest);
    const release = async (): Promise<void> => {
      taken.delete(key);
      await lease.release();
    };
    return changed(lease, { release });
  };
});
const extendsWhatIsLost = leasesBent((lease) => {
  return changed(lease, { extend: (ttlMs?: number) => lease.extend(ttlMs).catch(() => undefined) });
});
const extendsTheNext = leasesBent((lease, newest) => {
  return changed(lease, {
    extend: async (ttlMs?: number) => {
      if (newest() !== lease) await newest().extend(ttlMs);
      await lease.extend(ttlMs);
    },
  });
});
const releasesTheNext = leasesBent((_, newest) => changed(newest(), { release: () => newest().release() }));
const ignoresExtend = leasesBent((lease) => changed(lease, { extend: async () => undefined }));
const extendsFromTheEnd = leasesBent((lease, _, first) => {
  let total = first;
  return changed(lease, { extend: (ttlMs = first) => lease.extend((total += ttlMs)) });
});
const looksHeldForEver = leasesBent((lease) => changed(lease, { held: true }));
const firesOnRelease = leasesBent((lease) => {
  const controller = new AbortController();
  lease.signal.addEventListener('abort', () => controller.abort());
  const release = async (): Promise<void> => {
    await lease.release();
    controller.abort();
  };
  return changed(lease, { signal: controller.signal, release });
});
const neverFires = leasesBent((lease) => changed(lease, { signal: new AbortController().signal }));
const leavesGhosts = bent((lock) => (key, { signal, ...rest } = {}) => {
  const ghost = lock.acquire(key, rest);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new TickmarkError('ABORTED', 'aborted', { cause: signal?.reason as unknown }));
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    ghost.then(resolve, reject);
  });
});
const leavesTimedOutGhosts = bent((lock, clock) => async (key, { waitMs = 5000, ...rest } = {}) => {
  const ghost = lock.acquire(key, { ...rest, waitMs: waitMs > 0 ? 1e9 : waitMs });
  ghost.catch(() => undefined);
  const late = sleep(clock, Math.max(0, waitMs)).then(() => lock.acquire(key, { ...rest, waitMs: 0 }));
  late.catch(() => undefined);
  return Promise.race([ghost, late]);
});
const startsWithTheCall = bent((lock, clock) => async (key, options = {}) => {
  const called = clock.monotonic();
  const lease = await lock.acquire(key, options);
  await lease.extend(Math.max(1, (options.ttlMs ?? 10_000) - (clock.monotonic() - called)));
  await sleep(clock, 1);
  return lease;
});
const ignoresSignals = bent((lock) => (key, options) => lock.acquire(key, { ...options, signal: undefined }));
const acceptsNonsense = bent((lock) => (key, { ttlMs, waitMs } = {}) => {
  return lock.acquire(key || ' ', {
    ttlMs: ttlMs! > 0 && ttlMs! < Infinity ? ttlMs : 1,
    waitMs: waitMs! >= 0 ? waitMs : 0,
  });
});
const leavesTimers = bent((lock, clock) => (key, options) => {
  clock.setTimer(() => undefined, 1e9);
  return lock.acquire(key, options);
});
const forgetsWaiters: MakeLock = (clock) => {
  const lock = new InMemoryLock({ clock });
  const closed = new Promise<never>(() => undefined);
  return {
    acquire: async (key, options) => {
      try {
        return await lock.acquire(key, options);
      } catch (error) {
        return (error as TickmarkError).code === 'CLOSED' ? closed : Promise.reject(error as Error);
      }
    },
    close: () => lock.close(),
    [Symbol.asyncDispose]: () => lock.close(),
  };
};
const keepsLeasesOnClose: MakeLock = (clock) => {
  const lock = new InMemoryLock({ clock });
  return { acquire: (key, options) => lock.acquire(key, options), close: async () => undefined } as Lock;
};

/** Each lock has one fault, and breaks the rule beside it. */
export const BROKEN_LOCKS: readonly [string, MakeLock, string][] = [
  ['repeats tokens', repeatsTokens, 'a lease granted after a release has a larger fencing token'],
  ['repeats tokens', repeatsTokens, 'a lease granted after an expiry has a larger fencing token'],
  [
    'uses the time in ms as token',
    tokensOfMilliseconds,
    'at most one of 50 concurrent callers holds the key',
  ],
  ['never lets a lease expire', neverExpires, 'an expired lease is no longer held'],
  ['never lets a lease expire', neverExpires, 'a key whose lease has expired is granted to the next caller'],
  [
    'grants a held key',
    excludesNobody,
    'acquire() of a held key with waitMs 0 rejects at once with LOCK_TIMEOUT',
  ],
  ['grants a held key', excludesNobody, 'at most one of 50 concurrent callers holds the key'],
  [
    'checks a key and takes it later',
    looksAndThenTakes,
    'at most one of 50 concurrent callers holds the key',
  ],
  [
    'reports no error when a lost lease is extended',
    extendsWhatIsLost,
    'extend() of a lost lease rejects with LEASE_LOST',
  ],
  [
    'reports no error when a lost lease is extended',
    extendsWhatIsLost,
    'extend() after release() rejects with LEASE_LOST and takes no key',
  ],
  [
    'extends the lease of the next holder',
    extendsTheNext,
    'extend() of a lost lease does not affect the next holder',
  ],
  [
    'releases the lease of the next holder',
    releasesTheNext,
    'release() of a lost lease does not affect the next holder',
  ],
  [
    'releases the lease of the next holder',
    releasesTheNext,
    'a second release() does not free the lease of the next holder',
  ],
  ['ignores extend()', ignoresExtend, 'extend() keeps the lease from expiring'],
  [
    'extends from the end of the lease',
    extendsFromTheEnd,
    'extend() counts from the call, so it can also shorten a lease',
  ],
  ['shows every lease as held', looksHeldForEver, 'an expired lease is no longer held'],
  ['aborts the signal on release', firesOnRelease, 'release() never aborts the signal'],
  ['never aborts the signal', neverFires, 'the signal is aborted once when the lease is lost'],
  [
    'grants a key to an aborted call',
    leavesGhosts,
    'a waiter whose signal is aborted rejects with ABORTED and does not take the key later',
  ],
  [
    'grants a key to an aborted call',
    leavesGhosts,
    'acquire() with an aborted signal rejects with ABORTED and takes no key',
  ],
  [
    'grants a key to a call that timed out',
    leavesTimedOutGhosts,
    'a waiter that timed out does not take the key later',
  ],
  ['starts the lease with the call', startsWithTheCall, 'the lease of a waiter starts when it is granted'],
  [
    'ignores signals',
    ignoresSignals,
    'a waiter whose signal is aborted rejects with ABORTED and does not take the key later',
  ],
  [
    'accepts invalid arguments',
    acceptsNonsense,
    'invalid arguments are rejected with INVALID_ARGUMENT and take no key',
  ],
  ['leaves timers behind', leavesTimers, 'a free key is granted'],
  ['forgets waiters on close()', forgetsWaiters, 'close() rejects all waiters with CLOSED'],
  ['keeps leases on close()', keepsLeasesOnClose, 'close() ends all leases and aborts their signals'],
];
