import type { Lease } from '../../core/locking/lock.js';
import { assert, assertEqual } from '../assertions.js';
import { LONG, PATIENT, type LockKit } from './lock-kit.js';

export function waitingRules(kit: LockKit, leaseMs: number): void {
  kit.rule('a waiter is granted the key when it is released', async ({ lock }, time) => {
    const first = await time.settled(lock.acquire('k', LONG), 'acquire()');
    const waiting = lock.acquire('k', PATIENT);
    assert(await time.isPendingAfter(waiting, 50), 'acquire() of a held key waits');
    await time.settled(first.release(), 'release()');
    const second = await time.settled(waiting, 'the waiting acquire()');
    assert(second.held, 'the waiter’s lease is held');
  });

  kit.rule('the lease of a waiter starts when it is granted', async ({ lock }, time) => {
    await time.whileLasting(leaseMs, async (ttlMs, attempt) => {
      const key = `k${attempt}`;
      const first = await time.settled(lock.acquire(key, LONG), 'acquire()');
      const waiting = lock.acquire(key, { ttlMs, waitMs: 60_000 });
      assert(await time.isPendingAfter(waiting, ttlMs * 2), 'acquire() of a held key waits');
      await time.settled(first.release(), 'release()');
      const second = await time.settled(waiting, 'the waiting acquire()');
      assert(second.held, 'a lease that was waited for longer than it lasts is held');
    });
  });

  kit.rule('acquire() rejects with LOCK_TIMEOUT after waitMs', async ({ lock }, time) => {
    await time.settled(lock.acquire('k', LONG), 'acquire()');
    const waiting = lock.acquire('k', { ttlMs: leaseMs, waitMs: 100 });
    const error = await time.rejected(waiting, 'LOCK_TIMEOUT', 'acquire() of a held key');
    assert(error.retryable, 'LOCK_TIMEOUT is retryable');
  });

  kit.rule('a waiter that timed out does not take the key later', async ({ lock }, time) => {
    const first = await time.settled(lock.acquire('k', LONG), 'acquire()');
    await time.rejected(lock.acquire('k', { waitMs: 50 }), 'LOCK_TIMEOUT', 'acquire() of a held key');
    await time.settled(first.release(), 'release()');
    await time.pass(20);
    await time.settled(lock.acquire('k', LONG), 'acquire() of the free key');
  });

  kit.rule(
    'acquire() with an aborted signal rejects with ABORTED and takes no key',
    async ({ lock }, time) => {
      const reason = new Error('changed my mind');
      const attempt = lock.acquire('k', { ...LONG, signal: AbortSignal.abort(reason) });
      const error = await time.rejected(attempt, 'ABORTED', 'acquire() with a fired signal');
      assertEqual(error.cause, reason, 'cause of the error');
      await time.settled(lock.acquire('k', LONG), 'acquire() of the free key');
    },
  );

  kit.rule(
    'a waiter whose signal is aborted rejects with ABORTED and does not take the key later',
    async ({ lock }, time) => {
      const first = await time.settled(lock.acquire('k', LONG), 'acquire()');
      const controller = new AbortController();
      const waiting = lock.acquire('k', { ...PATIENT, signal: controller.signal });
      assert(await time.isPendingAfter(waiting, 20), 'acquire() of a held key waits');
      controller.abort(new Error('changed my mind'));
      await time.rejected(waiting, 'ABORTED', 'the waiting acquire()');
      assert(first.held, 'the holder keeps its lease');
      await time.settled(first.release(), 'release()');
      await time.pass(20);
      await time.settled(lock.acquire('k', LONG), 'acquire() of the free key');
    },
  );

  kit.rule('aborting the signal after the grant does not end the lease', async ({ lock }, time) => {
    const controller = new AbortController();
    const lease = await time.settled(lock.acquire('k', { ...LONG, signal: controller.signal }), 'acquire()');
    controller.abort();
    await time.pass(20);
    assert(lease.held && !lease.signal.aborted, 'the lease is held');
  });

  kit.rule('waiters that give up do not block the others', async ({ lock }, time) => {
    const first = await time.settled(lock.acquire('k', LONG), 'acquire()');
    const controllers = Array.from({ length: 9 }, () => new AbortController());
    const served: number[] = [];
    const waiting = controllers.map(async ({ signal }, n) => {
      const lease = await lock.acquire('k', { ...PATIENT, signal });
      served.push(n);
      await lease.release();
    });
    const outcomes = Promise.allSettled(waiting);
    await time.pass(20);
    for (const n of [0, 4, 8]) controllers[n]!.abort();
    await time.settled(first.release(), 'release()');
    await time.settled(outcomes, 'every waiter');
    assertEqual(served.sort(), [1, 2, 3, 5, 6, 7], 'waiters that were served');
  });

  kit.rule('close() rejects all waiters with CLOSED', async ({ lock }, time) => {
    await time.settled(lock.acquire('k', LONG), 'acquire()');
    const waiting = [lock.acquire('k', PATIENT), lock.acquire('k', PATIENT)];
    for (const each of waiting) each.catch(() => undefined);
    await time.pass(20);
    await time.settled(lock.close(), 'close()');
    for (const each of waiting) await time.rejected(each, 'CLOSED', 'the waiting acquire()');
  });

  kit.rule('close() ends all leases and aborts their signals', async ({ lock, peer }, time) => {
    const lease: Lease = await time.settled(lock.acquire('k', LONG), 'acquire()');
    const { signal } = lease;
    await time.settled(lock.close(), 'close()');
    await time.until(() => signal.aborted, 'the signal of a held lease is aborted');
    assert(!lease.held, 'no lease is held after close()');
    await time.settled(lease.release(), 'release() after close()');
    if (peer) await time.settled(peer.acquire('k', PATIENT), 'acquire() at the other end');
  });

  kit.rule('close() is idempotent, and acquire() after it rejects with CLOSED', async ({ lock }, time) => {
    await time.settled(Promise.all([lock.close(), lock.close(), lock[Symbol.asyncDispose]()]), 'close()');
    await time.rejected(lock.acquire('k', LONG), 'CLOSED', 'acquire() after close()');
  });

  kit.rule('disposing of a lock closes it', async ({ lock }, time) => {
    await time.settled(lock[Symbol.asyncDispose](), 'disposing');
    await time.rejected(lock.acquire('k', LONG), 'CLOSED', 'acquire() after disposing');
  });
}
