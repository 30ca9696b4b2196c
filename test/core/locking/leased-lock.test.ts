import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { lockConformance } from '../../../src/conformance/lock/lock-conformance.js';
import { runner } from '../../conformance/without-skips.js';
import { LeaseServer, ScriptedLock, outcome, world } from './scripted-store.js';

/** The time is `late` ms ahead of the timers, as after the process was busy. */
class LateClock extends FakeClock {
  late = 0;

  override monotonic(): number {
    return super.monotonic() + this.late;
  }
}

lockConformance(runner, {
  createHarness: () => {
    const { clock, lock, other } = world();
    return {
      lock,
      peer: other,
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending,
      dispose: async () => {
        await Promise.all([lock.close(), other.close()]);
      },
    };
  },
  supports: { peer: true },
});

describe('a request with an unknown outcome', () => {
  test.each([
    ['failed', 'LOCK_FAILED'],
    ['done and failed', 'LOCK_FAILED'],
    ['unheard', 'TIMEOUT'],
    ['unanswered', 'TIMEOUT'],
  ] as const)('(%s) rejects with %s, retryable, and holds nothing', async (kind, code) => {
    const { clock, server, lock, other, fates } = world();
    fates.push({ kind });
    const asked = lock.acquire('k').catch((error: unknown) => error);
    await clock.advance(2000);
    expect(await asked).toMatchObject({ code, retryable: true });
    expect(server.held.size).toBe(0);
    expect((await other.acquire('k', { waitMs: 0 })).held).toBe(true);
    expect(lock.stats()).toEqual({ held: 0, waiting: 0, granted: 0, lost: 0, failed: 1 });
    expect(clock.pending).toBe(1);
  });

  test('is released if its grant arrives after the request was abandoned', async () => {
    const { clock, server, lock, fates } = world();
    fates.push({ toServerMs: 3000, toClientMs: 100 });
    const asked = outcome(lock.acquire('k', { ttlMs: 60_000 }));
    await clock.advance(2500);
    expect(await asked).toBe('TIMEOUT');
    await clock.advance(501);
    expect(server.held.size).toBe(1);
    await clock.advance(100);
    expect(server.held.size).toBe(0);
  });

  test.each([
    ['ABORTED', (stop: AbortController) => stop.abort()],
    ['CLOSED', (_: AbortController, lock: ScriptedLock) => void lock.close()],
  ] as const)('that was %s meanwhile is released', async (code, act) => {
    const { clock, server, lock, fates } = world();
    fates.push({ toServerMs: 50, toClientMs: 50 });
    const stop = new AbortController();
    const asked = outcome(lock.acquire('k', { ttlMs: 60_000, signal: stop.signal }));
    await clock.advance(60);
    expect(server.held.size).toBe(1);
    act(stop, lock);
    await clock.advance(0);
    expect(await asked).toBe(code);
    expect(server.held.size).toBe(0);
    await clock.advance(50);
    expect(clock.pending).toBe(0);
  });

  test('of release() does not reject, is counted, and the key is free when the lease expires', async () => {
    const { clock, server, lock, other, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 5000 });
    fates.push({ kind: 'unheard' });
    const released = outcome(lease.release());
    expect(lease.held).toBe(false);
    await clock.advance(2000);
    expect(await released).toBe('done');
    expect(lock.stats().failed).toBe(1);
    expect(server.held.size).toBe(1);
    const next = outcome(other.acquire('k', { waitMs: 5000 }));
    await clock.advance(3010 + 8);
    expect(await next).toBe('done');
  });
});

describe('acquireMany', () => {
  test('acquires all keys or none', async () => {
    const { server, lock, other } = world();
    const one = await other.acquire('b');
    expect(await outcome(lock.acquireMany(['a', 'b', 'c'], { waitMs: 0 }))).toBe('LOCK_TIMEOUT');
    expect([...server.held.keys()]).toEqual(['b']);
    await one.release();
    const all = await lock.acquireMany(['c', 'a', 'b', 'a'], { waitMs: 0 });
    expect(all.keys).toEqual(['c', 'a', 'b']);
    expect([...all.fencingTokens.keys()]).toEqual(['c', 'a', 'b']);
    expect(all.fencingTokens.get('b')! > one.fencingToken).toBe(true);
    await all.release();
    expect(server.held.size).toBe(0);
  });

  test('loses all keys when one is lost, and releases the others', async () => {
    const { server, lock } = world();
    const all = await lock.acquireMany(['a', 'b', 'c']);
    server.held.set('b', { owner: 'somebody', until: Infinity });
    expect(await outcome(all.extend())).toBe('LEASE_LOST');
    expect([all.held, all.signal.aborted, [...server.held.keys()]]).toEqual([false, true, ['b']]);
  });

  test('cannot deadlock: nobody holds one key while waiting for another', async () => {
    const { clock, lock, other } = world();
    const ring = ['a', 'b', 'c', 'd', 'e'];
    const work = ring.map(async (key, at) => {
      for (let round = 0; round < 10; round++) {
        const lease = await (at % 2 ? lock : other).acquireMany([key, ring[(at + 1) % 5]!], {
          waitMs: 60_000,
        });
        await new Promise<void>((resolve) => void clock.setTimer(resolve, 5));
        await lease.release();
      }
    });
    const all = outcome(Promise.all(work));
    await clock.advance(60_000);
    expect(await all).toBe('done');
  });

  test.each([
    ['no key', []],
    ['an empty key', ['a', '']],
    ['no text', ['a', 5 as never]],
  ])('rejects %s', async (_, keys) => {
    const { server, lock } = world();
    expect(await outcome(lock.acquireMany(keys))).toBe('INVALID_ARGUMENT');
    expect(server.held.size).toBe(0);
  });
});

describe('waiters in one process', () => {
  test('ask the server one at a time and get a released key at once, in order', async () => {
    const { clock, lock } = world();
    const first = await lock.acquire('k', { ttlMs: 60_000 });
    const served: number[] = [];
    const waiting = Array.from({ length: 100 }, async (_, n) => {
      const lease = await lock.acquire('k');
      served.push(n);
      await lease.release();
    });
    await clock.advance(1000);
    expect(lock.store.requests).toEqual(['grant']);
    await first.release();
    await Promise.all(waiting);
    expect(served).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(lock.store.requests.length).toBe(202);
  });

  test('get the key even if the expiry timer of the last lease is late', async () => {
    const clock = new LateClock();
    const lock = new ScriptedLock(new LeaseServer(clock));
    const lease = await lock.acquire('k', { ttlMs: 100 });
    clock.late = 102;
    expect((await lock.acquire('k', { waitMs: 0 })).held).toBe(true);
    expect([lease.held, lease.signal.aborted]).toEqual([false, true]);
  });
});

describe('waiters in several processes', () => {
  test('get the key within retryMs of its release and within 10 ms of its expiry', async () => {
    const { clock, lock, other } = world();
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    const waiting = other.acquire('k', { ttlMs: 1000, waitMs: 60_000 });
    await clock.advance(5000);
    expect(other.store.requests.length).toBeLessThan(110);
    await lease.release();
    await clock.advance(100);
    const next = await waiting;
    const last = outcome(lock.acquire('k', { waitMs: 60_000 }));
    await clock.advance(1012);
    expect([next.held, await last]).toEqual([false, 'done']);
  });

  test('wait no longer than waitMs, and try once more at the end', async () => {
    const { clock, server, lock } = world();
    server.held.set('k', { owner: 'somebody', until: 500 });
    const asked = outcome(lock.acquire('k', { waitMs: 500 }));
    await clock.advance(500);
    expect(await asked).toBe('done');
  });
});

describe('close()', () => {
  test('resolves even if the server never answers, releases the client and leaves no timer', async () => {
    const { clock, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 60_000, autoExtend: true });
    for (let n = 0; n < 10; n++) fates.push({ kind: 'unheard' });
    const waiting = outcome(lock.acquire('j'));
    await clock.advance(10);
    const closed = lock.close();
    await clock.advance(0);
    expect([await waiting, lease.held]).toEqual(['CLOSED', false]);
    expect(lock.store.isClosed).toBe(false);
    await clock.advance(2000);
    await closed;
    expect([lock.store.isClosed, clock.pending]).toEqual([true, 0]);
  });

  test('releases a lease that is granted at the same time', async () => {
    const { clock, server, lock, fates } = world();
    fates.push({ toClientMs: 10 });
    const asked = lock.acquire('k', { ttlMs: 60_000 });
    const closing = clock.setTimer(() => void lock.close(), 10);
    const got = outcome(asked);
    await clock.advance(10);
    closing.clear();
    if ((await got) === 'done') expect((await asked).held).toBe(false);
    await lock.close();
    expect([server.held.size, lock.stats().held, clock.pending]).toEqual([0, 0, 0]);
  });
});

test.each([
  { retryMs: 0 },
  { retryMs: NaN },
  { callTimeoutMs: -1 },
  { callTimeoutMs: 60_001 },
  { callTimeoutMs: '5' as never },
])('the options %j are rejected', (options) => {
  const { server } = world();
  expect(() => new ScriptedLock(server, 'p', options)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
