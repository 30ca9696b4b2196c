import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { MultiKeyLease } from '../../../src/core/locking/store-lock.js';
import { sized } from '../../sizes.js';
import { LeaseServer, ScriptedLock, type Fate } from './scripted-store.js';

const KEYS = ['a', 'b', 'c'];
const PROCESSES = 4;
const numRuns = sized({ quick: 100, gate: 500, full: 20_000 });

const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 }));
const fate: fc.Arbitrary<Fate> = fc.record({
  toServerMs: delay,
  toClientMs: delay,
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('answered' as const) },
    fc.constantFrom<NonNullable<Fate['kind']>>('unheard', 'unanswered', 'failed', 'done and failed'),
  ),
});
const process_ = fc.nat({ max: PROCESSES - 1 });
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      process: process_,
      keys: fc.subarray(KEYS, { minLength: 1 }),
      ttlMs: fc.integer({ min: 20, max: 300 }),
      waitMs: fc.constantFrom(0, 50, 1000),
      autoExtend: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 120 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fate' as const), process: process_, fate }) },
  fc.record({
    kind: fc.constantFrom('release' as const, 'extend' as const, 'abort' as const),
    at: fc.nat(),
    ttlMs: fc.integer({ min: 20, max: 300 }),
  }),
);
const flush = fc.record({ kind: fc.constant('flush' as const) });
const listOf = <Step>(each: fc.Arbitrary<Step>) =>
  fc.array(each, { minLength: 10, maxLength: 80, size: 'max' });
const runs = fc.oneof(
  { weight: 4, arbitrary: listOf(step) },
  { weight: 1, arbitrary: listOf(fc.oneof({ weight: 9, arbitrary: step }, flush)) },
);

/**
 * Processes whose requests or answers are late or lost acquire the same keys, one by one and several at once. Whatever happens, no two
 * processes hold a lease of the same key by their own clocks, tokens rise, and at the end nothing is held or left behind. Only a server that
 * loses its data may grant a key twice; then the second lease has the larger token.
 */
test('at most one process considers a key its own, whatever the link to the server does', async () => {
  let granted = 0;
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(runs, async (steps) => {
      const clock = new FakeClock();
      const server = new LeaseServer(clock);
      const locks = Array.from({ length: PROCESSES }, (_, n) => {
        return new ScriptedLock(server, `p${n}`, { callTimeoutMs: 200 });
      });
      const leases: MultiKeyLease[] = [];
      const calls: Promise<unknown>[] = [];
      const stops: AbortController[] = [];
      let flushed = false;
      const watch = setWatch(clock, () => {
        // Thousands of checks per run: `expect` would take most of the time.
        for (const key of flushed ? [] : KEYS) {
          const holders = leases.filter((lease) => lease.held && lease.keys.includes(key));
          if (holders.length > 1) throw new Error(`${holders.length} hold ${key}`);
          const token = holders[0]?.fencingTokens.get(key);
          if (token === undefined) continue;
          if (!server.holderOf(key)) throw new Error(`${key} is held by somebody, and not on the server`);
          if (token !== newest(server, key)) throw new Error(`${key} has been granted again`);
        }
      });

      for (const each of steps) {
        if (each.kind === 'pass') await clock.advance(each.ms);
        else if (each.kind === 'fate') locks[each.process]!.store.fates.push(each.fate);
        else if (each.kind === 'flush') {
          server.held.clear();
          flushed = true;
        } else if (each.kind === 'acquire') {
          const { ttlMs, waitMs, autoExtend } = each;
          const stop = new AbortController();
          stops.push(stop);
          const asked = locks[each.process]!.acquireMany(each.keys, {
            ttlMs,
            waitMs,
            autoExtend,
            signal: stop.signal,
          });
          calls.push(
            asked.then(
              (lease) => leases.push(lease),
              (error: { code: string }) =>
                expect(['LOCK_TIMEOUT', 'LOCK_FAILED', 'TIMEOUT', 'ABORTED']).toContain(error.code),
            ),
          );
        } else if (each.kind === 'abort') stops[each.at % (stops.length || 1)]?.abort();
        else {
          const lease = leases[each.at % (leases.length || 1)];
          if (lease && each.kind === 'release') calls.push(lease.release());
          else if (lease) {
            calls.push(
              lease
                .extend(each.ttlMs)
                .catch((error: { code: string }) =>
                  expect(['LEASE_LOST', 'LOCK_FAILED', 'TIMEOUT']).toContain(error.code),
                ),
            );
          }
        }
        await clock.settle();
        watch.look();
      }

      await clock.advance(1000);
      watch.end();
      await clock.advance(2000);
      const closed = Promise.all(locks.map((lock) => lock.close()));
      await clock.advance(1000);
      await closed;
      await Promise.all(calls);
      expect(leases.some(({ held }) => held)).toBe(false);
      expect(KEYS.filter((key) => server.holderOf(key))).toEqual([]);
      for (const lock of locks) expect(lock.stats()).toMatchObject({ held: 0, waiting: 0 });
      expect(clock.pending).toBe(0);
      for (const key of KEYS) {
        const tokens = server.grants.filter((grant) => grant.key === key).map(({ token }) => token);
        expect(tokens.every((token, at) => at === 0 || token > tokens[at - 1]!)).toBe(true);
      }
      granted += leases.length;
      for (const lock of locks) lost += lock.stats().lost;
    }),
    { numRuns },
  );
  // A run in which nothing was granted, or nothing was lost, would prove nothing.
  expect([granted > numRuns * 2, lost > numRuns / 2]).toEqual([true, true]);
});

function newest(server: LeaseServer, key: string): bigint | undefined {
  return server.grants.findLast((grant) => grant.key === key)?.token;
}

/** Checks after each step of the clock. */
function setWatch(clock: FakeClock, look: () => void): { look: () => void; end: () => void } {
  let timer = clock.setTimer(() => undefined, 0);
  const again = (): void => {
    look();
    timer = clock.setTimer(again, 2);
  };
  again();
  return { look, end: () => timer.clear() };
}
