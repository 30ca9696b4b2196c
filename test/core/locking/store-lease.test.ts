import { describe, expect, test } from 'vitest';
import { outcome, world } from './scripted-store.js';

describe('the deadline of a lease', () => {
  test('counts from before the request was sent, on the holder’s clock', async () => {
    const { clock, lock, fates } = world();
    fates.push({ toServerMs: 30, toClientMs: 30 });
    const asked = lock.acquire('k', { ttlMs: 100 });
    await clock.advance(60);
    const lease = await asked;
    clock.setWallClock(0);
    await clock.advance(39);
    expect(lease.held).toBe(true);
    await clock.advance(1);
    expect([lease.held, lease.signal.aborted]).toEqual([false, true]);
  });

  test('is earlier than on the server', async () => {
    const { clock, server, lock } = world();
    const lease = await lock.acquire('k', { ttlMs: 10_000 });
    await clock.advance(10_000);
    expect([lease.held, server.holderOf('k') !== undefined]).toEqual([false, true]);
    await clock.advance(12);
    expect(server.holderOf('k')).toBeUndefined();
  });

  test('in the past when the grant arrives means no lease: the grant is released and requested again', async () => {
    const { clock, server, lock, fates } = world();
    fates.push({ toServerMs: 60, toClientMs: 60 });
    const asked = lock.acquire('k', { ttlMs: 100, waitMs: 1000 });
    await clock.advance(119);
    expect(lock.stats().granted).toBe(0);
    await clock.advance(20);
    expect((await asked).held).toBe(true);
    expect(server.grants.length).toBe(2);
    expect(lock.store.requests.slice(0, 3)).toEqual(['grant', 'release', 'grant']);
  });

  test('moves forward at once when extend() shortens the lease, even if the answer is lost', async () => {
    const { clock, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    fates.push({ kind: 'unanswered' });
    const extended = outcome(lease.extend(100));
    await clock.advance(99);
    expect(lease.held).toBe(true);
    await clock.advance(1);
    expect(lease.held).toBe(false);
    await clock.advance(2000);
    expect(await extended).toBe('TIMEOUT');
  });

  test('does not move when the answer to a longer extend() is lost', async () => {
    const { clock, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 3000 });
    fates.push({ kind: 'unanswered' });
    const extended = outcome(lease.extend(60_000));
    await clock.advance(2000);
    expect([await extended, lease.held]).toEqual(['TIMEOUT', true]);
    await clock.advance(1000);
    expect(lease.held).toBe(false);
  });
});

describe('autoExtend', () => {
  test('extends a lease each time a third of it has passed', async () => {
    const { clock, lock } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    await clock.advance(3050);
    expect([lease.held, lease.signal.aborted]).toEqual([true, false]);
    expect(lock.store.requests.filter((name) => name === 'extend').length).toBe(30);
    await lease.release();
    expect(clock.pending).toBe(0);
  });

  test('does not shorten a lease that extend() has made longer', async () => {
    const { clock, lock } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    await lease.extend(10_000);
    await clock.advance(9000);
    expect(lock.store.requests.filter((name) => name === 'extend').length).toBe(1);
    await clock.advance(2000);
    expect(lease.held).toBe(true);
    await lease.release();
  });

  test('retries a failed request while there is time', async () => {
    const { clock, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    fates.push({ kind: 'failed' }, { kind: 'failed' }, { kind: 'failed' });
    await clock.advance(1000);
    expect(lease.held).toBe(true);
    await lease.release();
  });

  test('fires the signal at once when another process has the key, and sends nothing more', async () => {
    const { clock, server, lock } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    server.held.set('k', { owner: 'somebody', until: Infinity });
    await clock.advance(100);
    expect([lease.held, (lease.signal.reason as { code: string }).code]).toEqual([false, 'LEASE_LOST']);
    await clock.advance(1000);
    expect(server.holderOf('k')?.owner).toBe('somebody');
    expect(clock.pending).toBe(0);
  });

  test('fires the signal at the deadline when the server does not answer', async () => {
    const { clock, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    for (let n = 0; n < 20; n++) fates.push({ kind: 'unheard' });
    await clock.advance(299);
    expect(lease.held).toBe(true);
    await clock.advance(1);
    expect([lease.held, lease.signal.aborted]).toEqual([false, true]);
    await lock.close();
    expect(clock.pending).toBe(0);
  });

  test('releases a lease that was extended after it was lost', async () => {
    const { clock, server, lock, fates } = world();
    const lease = await lock.acquire('k', { ttlMs: 300, autoExtend: true });
    fates.push({ toServerMs: 150, toClientMs: 150 });
    await clock.advance(399);
    expect([lease.held, server.held.size]).toEqual([false, 1]);
    await clock.advance(1);
    expect(server.held.size).toBe(0);
  });
});
