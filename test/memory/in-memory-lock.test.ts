import { describe, expect, test, vi } from 'vitest';
import { runner } from '../conformance/without-skips.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';

const onFakeClock = () => {
  const clock = new LateClock();
  return { clock, lock: new InMemoryLock({ clock }) };
};

lockConformance(runner, {
  createHarness: () => {
    const { clock, lock } = onFakeClock();
    return { lock, advance: (ms) => clock.advance(ms), pending: () => clock.pending };
  },
});

/** A clock that runs `late` ms ahead of its timers, as in a busy process; below 0, timers fire early. */
class LateClock extends FakeClock {
  late = 0;

  override monotonic(): number {
    return super.monotonic() + this.late;
  }
}

describe('waiters', () => {
  test('get the key in the order they asked', async () => {
    const { lock } = onFakeClock();
    const first = await lock.acquire('k');
    const served: number[] = [];
    const waiting = Array.from({ length: 10 }, async (_, n) => {
      const lease = await lock.acquire('k');
      served.push(n);
      await lease.release();
    });
    await first.release();
    await Promise.all(waiting);
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('1,000 on one key: those that give up are removed, and the others get it', async () => {
    const { clock, lock } = onFakeClock();
    const first = await lock.acquire('k', { ttlMs: 60_000 });
    const controllers = Array.from({ length: 1000 }, () => new AbortController());
    const removals = controllers.map(({ signal }) => vi.spyOn(signal, 'removeEventListener'));
    const waiting = controllers.map(async ({ signal }, n) => {
      const lease = await lock.acquire('k', { ttlMs: 60_000, waitMs: n % 10 === 5 ? 50 : 5000, signal });
      await lease.release();
      return n;
    });
    const outcomes = Promise.allSettled(waiting);
    expect(lock.stats()).toMatchObject({ held: 1, waiting: 1000 });
    controllers.forEach((controller, n) => n % 10 < 3 && controller.abort());
    await clock.advance(60);
    expect(lock.stats()).toMatchObject({ held: 1, waiting: 600 });
    await first.release();

    const byOutcome = new Map<string, number>();
    for (const outcome of await outcomes) {
      const name = outcome.status === 'fulfilled' ? 'served' : (outcome.reason as { code: string }).code;
      byOutcome.set(name, (byOutcome.get(name) ?? 0) + 1);
    }
    expect(Object.fromEntries(byOutcome)).toEqual({ served: 600, ABORTED: 300, LOCK_TIMEOUT: 100 });
    expect(clock.pending).toBe(0);
    expect(removals.every((removal) => removal.mock.calls.length === 1)).toBe(true);
    expect(lock.stats()).toEqual({ held: 0, waiting: 0, granted: 601, lost: 0, failed: 0 });
  });

  test('may wait without a limit', async () => {
    const { clock, lock } = onFakeClock();
    const first = await lock.acquire('k', { ttlMs: 1e9 });
    const waiting = lock.acquire('k', { waitMs: Infinity });
    await clock.advance(1e9);
    expect((await waiting).held).toBe(true);
    expect(first.held).toBe(false);
  });

  test('get the key at the moment when a lease expires, before any new caller', async () => {
    const { clock, lock } = onFakeClock();
    await lock.acquire('k', { ttlMs: 100 });
    const waiting = lock.acquire('k', { ttlMs: 100, waitMs: 1000 });
    await clock.advance(100);
    expect((await waiting).fencingToken).toBe(2n);
    await expect(lock.acquire('k', { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(lock.stats()).toMatchObject({ held: 1, lost: 1 });
  });
});

describe('the time of a lease', () => {
  test('ends the lease when a busy process fires its timer late', async () => {
    const { clock, lock } = onFakeClock();
    const lease = await lock.acquire('k', { ttlMs: 100 });
    const { signal } = lease;
    clock.late = 100;
    expect(lease.held).toBe(false);
    await expect(lease.extend()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(signal.aborted).toBe(true);
    expect((signal.reason as { code: string }).code).toBe('LEASE_LOST');
  });

  test('lets the next caller in when a busy process fires its timer late', async () => {
    const { clock, lock } = onFakeClock();
    const lease = await lock.acquire('k', { ttlMs: 100 });
    const { signal } = lease;
    clock.late = 100;
    const next = await lock.acquire('k', { waitMs: 0 });
    expect([signal.aborted, next.held, next.fencingToken]).toEqual([true, true, 2n]);
  });

  test('does not follow the wall clock', async () => {
    const { clock, lock } = onFakeClock();
    const lease = await lock.acquire('k', { ttlMs: 100 });
    clock.setWallClock(clock.now() + 86_400_000);
    await clock.advance(99);
    expect(lease.held).toBe(true);
    clock.setWallClock(0);
    await clock.advance(1);
    expect(lease.held).toBe(false);
  });

  test('is not shortened by a timer that fires early', async () => {
    const { clock, lock } = onFakeClock();
    const lease = await lock.acquire('k', { ttlMs: 100 });
    const { signal } = lease;
    clock.late = -0.4;
    await clock.advance(100);
    expect([lease.held, signal.aborted]).toEqual([true, false]);
    await clock.advance(1);
    expect([lease.held, signal.aborted]).toEqual([false, true]);
  });

  test('may be longer than the longest timer', async () => {
    const { clock, lock } = onFakeClock();
    const month = 30 * 86_400_000;
    const lease = await lock.acquire('k', { ttlMs: month });
    await clock.advance(month - 1);
    expect(lease.held).toBe(true);
    await clock.advance(1);
    expect([lease.held, lease.signal.aborted]).toEqual([false, true]);
  });
});

describe('a lease', () => {
  test('has one timer, however often it is extended, and none after its end', async () => {
    const { clock, lock } = onFakeClock();
    const lease = await lock.acquire('k');
    for (let round = 0; round < 100; round++) await lease.extend();
    expect(clock.pending).toBe(1);
    await lease.release();
    expect(clock.pending).toBe(0);
  });

  test('is released at the end of an await using block', async () => {
    const { lock } = onFakeClock();
    {
      await using lease = await lock.acquire('k');
      expect(lease.held).toBe(true);
    }
    expect(lock.stats().held).toBe(0);
  });

  test.each([0, -5, NaN, Infinity])('cannot be extended by %d ms', async (ttlMs) => {
    const { lock } = onFakeClock();
    const lease = await lock.acquire('k');
    await expect(lease.extend(ttlMs)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(lease.held).toBe(true);
  });

  test('rejects extend() with a message that distinguishes released from lost', async () => {
    const { clock, lock } = onFakeClock();
    const released = await lock.acquire('a', { ttlMs: 10 });
    const lost = await lock.acquire('b', { ttlMs: 10 });
    await released.release();
    await clock.advance(10);
    await expect(released.extend()).rejects.toThrow('The lease of "a" was released.');
    await expect(lost.extend()).rejects.toThrow('The lease of "b" expired');
  });
});

test('tokens of one key rise while others are locked in between', async () => {
  const { lock } = onFakeClock();
  const tokens: bigint[] = [];
  for (const key of ['a', 'b', 'a', 'c', 'a']) {
    const lease = await lock.acquire(key);
    if (key === 'a') tokens.push(lease.fencingToken);
    await lease.release();
  }
  expect(tokens).toEqual([1n, 3n, 5n]);
});

test('close() fires the signal of a lease with CLOSED', async () => {
  const { clock, lock } = onFakeClock();
  const lease = await lock.acquire('k');
  const { signal } = lease;
  await lock.close();
  expect((signal.reason as { code: string }).code).toBe('CLOSED');
  expect(clock.pending).toBe(0);
});
