import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { ProgressDeadline } from '../../../src/core/engine/progress-deadline.js';

test('a wait lasts until there is no progress for a time', async () => {
  const clock = new FakeClock();
  const deadline = new ProgressDeadline(clock, 100, 10_000);
  for (let at = 0; at < 20; at++) {
    await clock.advance(99);
    deadline.recordProgress();
  }
  await clock.advance(99);
  expect(deadline.isOver).toBe(false);
  await clock.advance(1);
  expect(deadline.isOver).toBe(true);
  await deadline.over;
  expect(clock.pending).toBe(0);
});

test('a wait ends at the ceiling despite progress, and so do its pauses', async () => {
  const clock = new FakeClock();
  const deadline = new ProgressDeadline(clock, 100, 1_000);
  const paused = deadline.pause(5_000);
  for (let at = 0; at < 20; at++) {
    expect(deadline.isOver).toBe(at >= 20);
    await clock.advance(50);
    deadline.recordProgress();
  }
  await Promise.all([deadline.over, paused, deadline.pause(5_000)]);
  expect(clock.monotonic()).toBe(1_000);
  expect(clock.pending).toBe(0);
});

test('a pause ends after its time', async () => {
  const clock = new FakeClock();
  const deadline = new ProgressDeadline(clock, 1_000, 1_000);
  let isOver = false;
  void deadline.pause(50).then(() => (isOver = true));
  await clock.advance(49);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(isOver).toBe(true);
  deadline.end();
  expect(clock.pending).toBe(0);
});
