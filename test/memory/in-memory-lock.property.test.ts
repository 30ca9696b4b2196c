import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { Lease } from '../../src/core/locking/lock.js';
import { InMemoryLock } from '../../src/memory/in-memory-lock.js';
import { sized } from '../sizes.js';

const numRuns = sized({ quick: 200, gate: 1500, full: 20_000 });
const KEYS = ['a', 'b'] as const;

type Step =
  | { readonly kind: 'acquire'; readonly key: number; readonly ttlMs: number; readonly waitMs: number }
  | { readonly kind: 'extend'; readonly lease: number; readonly ttlMs: number }
  | { readonly kind: 'release' | 'abort'; readonly lease: number }
  | { readonly kind: 'pass'; readonly ms: number };

const duration = fc.integer({ min: 1, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('acquire' as const),
    key: fc.nat(KEYS.length - 1),
    ttlMs: duration,
    waitMs: fc.integer({ min: 0, max: 60 }),
  }),
  fc.record({ kind: fc.constant('extend' as const), lease: fc.nat(), ttlMs: duration }),
  fc.record({ kind: fc.constantFrom('release' as const, 'abort' as const), lease: fc.nat() }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 30 }) }),
);

/** A grant in the model: who may hold the key, and until when. */
interface Granted {
  readonly lease: Lease;
  readonly signal: AbortSignal;
  deadline: number;
  isOver: boolean;
}

test('at most one caller holds a key, whatever callers do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (script) => {
      const clock = new FakeClock();
      const lock = new InMemoryLock({ clock });
      const granted: Granted[] = [];
      const aborts: AbortController[] = [];
      const attempts: Promise<unknown>[] = [];
      const lastToken = new Map<string, bigint>();

      const check = (): void => {
        const now = clock.monotonic();
        for (const key of KEYS) {
          expect(granted.filter(({ lease }) => lease.key === key && lease.held).length).toBeLessThanOrEqual(
            1,
          );
        }
        for (const each of granted) {
          const isHeld = !each.isOver && now < each.deadline;
          expect(each.lease.held).toBe(isHeld);
          // Only a loss fires the signal, never a release.
          expect(each.signal.aborted).toBe(!each.isOver && !isHeld);
        }
      };

      for (const each of script) {
        if (each.kind === 'acquire') {
          const controller = new AbortController();
          aborts.push(controller);
          const { ttlMs, waitMs } = each;
          const attempt = lock.acquire(KEYS[each.key]!, { ttlMs, waitMs, signal: controller.signal });
          attempts.push(
            attempt.then(
              (lease) => {
                expect(lease.fencingToken > (lastToken.get(lease.key) ?? 0n)).toBe(true);
                lastToken.set(lease.key, lease.fencingToken);
                const deadline = clock.monotonic() + ttlMs;
                granted.push({ lease, signal: lease.signal, deadline, isOver: false });
              },
              (error: { code: string }) => expect(['LOCK_TIMEOUT', 'ABORTED']).toContain(error.code),
            ),
          );
        } else if (each.kind === 'pass') await clock.advance(each.ms);
        else if (each.kind === 'abort') aborts[each.lease % (aborts.length || 1)]?.abort();
        else {
          const target = granted[each.lease % (granted.length || 1)];
          const wasHeld = target?.lease.held;
          if (target && each.kind === 'release') {
            await target.lease.release();
            if (wasHeld) target.isOver = true;
          } else if (target && each.kind === 'extend') {
            const extended = await target.lease.extend(each.ttlMs).then(
              () => true,
              () => false,
            );
            expect(extended).toBe(wasHeld);
            if (extended) target.deadline = clock.monotonic() + each.ttlMs;
          }
        }
        await clock.settle();
        check();
      }

      await clock.advance(10_000);
      await Promise.all(attempts);
      check();
      expect(lock.stats()).toMatchObject({ held: 0, waiting: 0, granted: granted.length });
      expect(lock.stats().lost).toBe(granted.filter(({ signal }) => signal.aborted).length);
      expect(clock.pending).toBe(0);
    }),
    { numRuns },
  );
});
