import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import {
  SymbolFreshness,
  type SymbolFreshnessOptions,
} from '../../../src/streams/connection/symbol-freshness.js';

function watched(options: Partial<SymbolFreshnessOptions> = {}) {
  const clock = new FakeClock();
  const changes: string[] = [];
  const errors: Error[] = [];
  const onChange = (symbol: string, isStale: boolean) =>
    changes.push(`${clock.monotonic()} ${symbol} ${isStale ? 'stale' : 'fresh'}`);
  return {
    clock,
    changes,
    errors,
    freshness: new SymbolFreshness({ clock, limitMs: 1000, onChange, ...options }, (error) =>
      errors.push(error),
    ),
  };
}

test('a symbol without a price turns stale once, and fresh with the next price', async () => {
  const { clock, changes, freshness } = watched();
  freshness.watch(['A', 'B']);
  await clock.advance(600);
  freshness.seen('A');
  await clock.advance(500);
  expect(freshness.stale()).toEqual(['B']);
  await clock.advance(5000);
  freshness.seen('B');
  freshness.seen('unknown');
  expect(changes.map((each) => each.split(' ').slice(1).join(' '))).toEqual([
    'B stale',
    'A stale',
    'B fresh',
  ]);
  freshness.stop();
  expect(clock.pending).toBe(0);
});

test('a stale symbol is found after at most twice the limit, whatever the order of prices', async () => {
  const { clock, changes, freshness } = watched();
  freshness.watch(['A', 'B']);
  for (let i = 0; i < 19; i++) {
    await clock.advance(100);
    freshness.seen('B');
  }
  expect(changes).toHaveLength(1);
  expect(changes[0]).toMatch(/A stale$/);
  expect(Number(changes[0]!.split(' ')[0])).toBeLessThanOrEqual(2000);
});

test('each symbol has a limit of its own', async () => {
  const { clock, changes, freshness } = watched({ limitMs: (symbol) => (symbol === 'SLOW' ? 60_000 : 1000) });
  freshness.watch(['FAST', 'SLOW']);
  await clock.advance(59_000);
  expect(changes.map((each) => each.split(' ')[1])).toEqual(['FAST']);
  await clock.advance(2000);
  expect(freshness.stale()).toEqual(['FAST', 'SLOW']);
});

test('nothing turns stale outside the session, whose opening restarts the limit', async () => {
  const opening = 1_700_000_010_000;
  const { clock, changes, freshness } = watched({ inSession: (_, at) => at >= opening });
  freshness.watch(['A']);
  await clock.advance(10_500);
  expect(changes).toEqual([]);
  await clock.advance(2500);
  expect(freshness.stale()).toEqual(['A']);
});

test('unwatched symbols do not turn stale, and leave no timer', async () => {
  const { clock, changes, freshness } = watched();
  freshness.watch(['A']);
  freshness.unwatch(['A']);
  expect(clock.pending).toBe(0);
  await clock.advance(5000);
  expect(changes).toEqual([]);
});

test('an onChange that throws does not stop the watch', async () => {
  const { clock, freshness } = watched({
    onChange: () => {
      throw new Error('the application failed');
    },
  });
  freshness.watch(['A', 'B']);
  await clock.advance(2000);
  expect(freshness.stale()).toEqual(['A', 'B']);
  freshness.seen('A');
  expect(freshness.stale()).toEqual(['B']);
});
