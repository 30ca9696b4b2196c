import { expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { GapTracker } from '../../../src/streams/connection/gap-tracker.js';

test('reports one gap for a broken link, from the last frame until prices arrive again', async () => {
  const clock = new FakeClock({ now: 1000 });
  const gaps = new GapTracker(clock);
  await clock.advance(500);
  gaps.seen();
  await clock.advance(200);
  gaps.begin('silence');
  gaps.begin('disconnect');
  gaps.seen();
  await clock.advance(300);
  expect(gaps.end(['A'], true)).toEqual({
    type: 'gap',
    from: 1500,
    to: 2000,
    symbols: ['A'],
    reason: 'silence',
    recovered: true,
  });
  expect([gaps.end(['A'], true), gaps.count]).toEqual([undefined, 1]);
});

test('reports no gap without symbols', async () => {
  const clock = new FakeClock({ now: 1000 });
  const gaps = new GapTracker(clock);
  gaps.begin('disconnect');
  await clock.advance(100);
  expect(gaps.end([], true)).toBeUndefined();
  gaps.begin('disconnect');
  expect(gaps.end(['A'], false)!.from).toBe(1100);
});

test('reports a gap on an open link unless a gap has begun already', () => {
  const gaps = new GapTracker(new FakeClock({ now: 1000 }));
  expect(gaps.instant(['A'], 'sequence', false)).toMatchObject({ reason: 'sequence', symbols: ['A'] });
  gaps.begin('disconnect');
  expect(gaps.instant(['A'], 'sequence', false)).toBeUndefined();
});

test('a gap does not end before it began when the wall clock is set back', () => {
  const clock = new FakeClock({ now: 1000 });
  const gaps = new GapTracker(clock);
  gaps.begin('disconnect');
  clock.setWallClock(10);
  expect(gaps.end(['A'], false)).toMatchObject({ from: 1000, to: 1000 });
});
