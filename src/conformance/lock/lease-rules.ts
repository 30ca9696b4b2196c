import { assert } from '../assertions.js';
import { LONG, PATIENT, type LockKit } from './lock-kit.js';

export function leaseRules(kit: LockKit, leaseMs: number): void {
  kit.rule('release() frees the key and ends the lease', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.settled(lease.release(), 'release()');
    assert(!lease.held, 'a released lease is not held');
    await time.settled(lock.acquire('k', LONG), 'acquire() after release()');
  });

  kit.rule('disposing of a lease releases it', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.settled(lease[Symbol.asyncDispose](), 'disposing');
    await time.settled(lock.acquire('k', LONG), 'acquire() after disposing');
  });

  kit.rule('release() never aborts the signal', async ({ lock }, time) => {
    await time.whileLasting(leaseMs, async (ttlMs, attempt) => {
      const lease = await time.settled(lock.acquire(`k${attempt}`, { ttlMs, waitMs: 0 }), 'acquire()');
      const { signal } = lease;
      await time.settled(lease.release(), 'release()');
      await time.pass(ttlMs * 1.5);
      assert(!signal.aborted, 'the signal of a released lease is not aborted');
    });
  });

  kit.rule('a second release() does not free the lease of the next holder', async ({ lock }, time) => {
    const first = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.settled(first.release(), 'release()');
    const second = await time.settled(lock.acquire('k', LONG), 'acquire() after release()');
    await time.settled(first.release(), 'release() again');
    assert(second.held, 'the next holder’s lease is held');
    await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of the held key');
  });

  kit.rule('a lease is held until it expires', async ({ lock }, time) => {
    await time.whileLasting(leaseMs, async (ttlMs, attempt) => {
      const key = `k${attempt}`;
      const lease = await time.settled(lock.acquire(key, { ttlMs, waitMs: 0 }), 'acquire()');
      await time.pass(ttlMs / 2);
      assert(lease.held && !lease.signal.aborted, 'the lease is held within its time');
      await time.rejected(lock.acquire(key, LONG), 'LOCK_TIMEOUT', 'acquire() within the time of the lease');
    });
  });

  kit.rule('extend() keeps the lease from expiring', async ({ lock }, time) => {
    await time.whileLasting(leaseMs, async (ttlMs, attempt) => {
      const key = `k${attempt}`;
      const lease = await time.settled(lock.acquire(key, { ttlMs, waitMs: 0 }), 'acquire()');
      for (let round = 0; round < 4; round++) {
        await time.pass(ttlMs / 2);
        // Without an argument, by the time that it was acquired for.
        await time.settled(round % 2 === 0 ? lease.extend() : lease.extend(ttlMs), 'extend()');
        assert(lease.held && !lease.signal.aborted, 'an extended lease is held');
      }
      await time.rejected(lock.acquire(key, LONG), 'LOCK_TIMEOUT', 'acquire() of the extended key');
      await time.until(() => !lease.held, 'an extended lease expires in the end');
    });
  });

  kit.rule('extend() counts from the call, so it can also shorten a lease', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.settled(lease.extend(leaseMs), 'extend()');
    await time.until(() => !lease.held && lease.signal.aborted, 'the shortened lease expires');
    await time.settled(lock.acquire('k', PATIENT), 'acquire() of the freed key');
  });

  kit.rule('extend() after release() rejects with LEASE_LOST and takes no key', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.settled(lease.release(), 'release()');
    await time.rejected(lease.extend(), 'LEASE_LOST', 'extend() after release()');
    assert(!lease.held, 'a released lease is not held');
    await time.settled(lock.acquire('k', LONG), 'acquire() of the free key');
  });
}
