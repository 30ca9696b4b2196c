import type { Lease, Lock } from '../../core/locking/lock.js';
import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import { assertRising } from './exclusion-rules.js';
import { LONG, type LockKit } from './lock-kit.js';

export function lossRules(kit: LockKit, leaseMs: number): void {
  const short = { ttlMs: leaseMs, waitMs: 0 };
  const takeOver = async (lock: Lock, time: KitTime): Promise<[Lease, Lease]> => {
    const lost = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.until(() => !lost.held, 'the lease runs out');
    const next = await time.settled(
      lock.acquire('k', { ttlMs: 60_000, waitMs: leaseMs * 2 }),
      'acquire() of a key whose lease ran out',
    );
    return [lost, next];
  };

  kit.rule('a lease that ran out is held no more', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.pass(leaseMs * 1.2);
    assert(!lease.held, 'held past the deadline');
  });

  kit.rule('the signal fires when the lease is lost, once', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    let fired = 0;
    lease.signal.addEventListener('abort', () => fired++);
    await time.until(() => lease.signal.aborted, 'the signal fires');
    assert(!lease.held, 'a lost lease is not held');
    await time.settled(lease.release(), 'release() of a lost lease');
    await time.pass(leaseMs);
    assertEqual(fired, 1, 'abort events');
  });

  kit.rule('a signal that is first asked for after the loss has fired', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.pass(leaseMs * 1.2);
    await time.until(() => lease.signal.aborted, 'the signal has fired');
  });

  kit.rule('a key whose lease ran out is granted to the next caller', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    assert(next.held && !lost.held, 'the next caller holds the key');
  });

  kit.rule('a later lease has a larger fencing token, after an expiry', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.settled(next.release(), 'release()');
    const third = await time.settled(lock.acquire('k', LONG), 'acquire() after release()');
    assertRising([lost.fencingToken, next.fencingToken, third.fencingToken]);
  });

  kit.rule('extend() after the loss rejects with LEASE_LOST', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.until(() => !lease.held, 'the lease runs out');
    const error = await time.rejected(lease.extend(), 'LEASE_LOST', 'extend() of a lost lease');
    assertEqual((error as { key?: string }).key, 'k', 'key of the error');
    assert(!lease.held, 'a lost lease does not come back');
    await time.settled(
      lock.acquire('k', { ttlMs: 60_000, waitMs: leaseMs * 2 }),
      'acquire() of the free key',
    );
  });

  kit.rule('extend() after the loss does not touch the next holder’s lease', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.rejected(lost.extend(leaseMs), 'LEASE_LOST', 'extend() of a lost lease');
    await time.pass(leaseMs * 1.2);
    assert(next.held && !next.signal.aborted, 'the next holder’s lease is held');
    await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of the held key');
  });

  kit.rule('release() after the loss does not touch the next holder’s lease', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.settled(lost.release(), 'release() of a lost lease');
    assert(next.held && !next.signal.aborted, 'the next holder’s lease is held');
    await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of the held key');
    await time.settled(next.extend(), 'extend() by the next holder');
  });
}
