import type { Lease, Lock } from '../../core/locking/lock.js';
import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import { assertRising } from './exclusion-rules.js';
import { LONG, PATIENT, type LockKit } from './lock-kit.js';

export function lossRules(kit: LockKit, leaseMs: number): void {
  const short = { ttlMs: leaseMs, waitMs: 0 };
  const takeOver = async (lock: Lock, time: KitTime): Promise<[Lease, Lease]> => {
    const lost = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.until(() => !lost.held, 'the lease expires');
    const next = await time.settled(lock.acquire('k', PATIENT), 'acquire() of a key whose lease has expired');
    return [lost, next];
  };

  kit.rule('an expired lease is no longer held', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.pass(leaseMs * 1.2);
    assert(!lease.held, 'held past the deadline');
  });

  kit.rule('the signal is aborted once when the lease is lost', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    let fired = 0;
    lease.signal.addEventListener('abort', () => fired++);
    await time.until(() => lease.signal.aborted, 'the signal is aborted');
    assert(!lease.held, 'a lost lease is not held');
    await time.settled(lease.release(), 'release() of a lost lease');
    await time.pass(leaseMs);
    assertEqual(fired, 1, 'abort events');
  });

  kit.rule('the signal is aborted even if it is first read after the loss', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.pass(leaseMs * 1.2);
    await time.until(() => lease.signal.aborted, 'the signal is aborted');
  });

  kit.rule('a key whose lease has expired is granted to the next caller', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    assert(next.held && !lost.held, 'the next caller holds the key');
  });

  kit.rule('a lease granted after an expiry has a larger fencing token', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.settled(next.release(), 'release()');
    const third = await time.settled(lock.acquire('k', LONG), 'acquire() after release()');
    assertRising([lost.fencingToken, next.fencingToken, third.fencingToken]);
  });

  kit.rule('extend() of a lost lease rejects with LEASE_LOST', async ({ lock }, time) => {
    const lease = await time.settled(lock.acquire('k', short), 'acquire()');
    await time.until(() => !lease.held, 'the lease expires');
    const error = await time.rejected(lease.extend(), 'LEASE_LOST', 'extend() of a lost lease');
    assertEqual((error as { key?: string }).key, 'k', 'key of the error');
    assert(!lease.held, 'a lost lease does not come back');
    await time.settled(lock.acquire('k', PATIENT), 'acquire() of the free key');
  });

  kit.rule('extend() of a lost lease does not affect the next holder', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.rejected(lost.extend(leaseMs), 'LEASE_LOST', 'extend() of a lost lease');
    await time.pass(leaseMs * 1.2);
    assert(next.held && !next.signal.aborted, 'the lease of the next holder is held');
    await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of the held key');
  });

  kit.rule('release() of a lost lease does not affect the next holder', async ({ lock }, time) => {
    const [lost, next] = await takeOver(lock, time);
    await time.settled(lost.release(), 'release() of a lost lease');
    assert(next.held && !next.signal.aborted, 'the lease of the next holder is held');
    await time.rejected(lock.acquire('k', LONG), 'LOCK_TIMEOUT', 'acquire() of the held key');
    await time.settled(next.extend(), 'extend() by the next holder');
  });
}
