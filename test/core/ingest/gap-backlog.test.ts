import { expect, test } from 'vitest';
import { GapBacklog, type StampedGap } from '../../../src/core/ingest/gap-backlog.js';

const gapOf = (arrival: number, ...symbols: string[]): StampedGap => ({
  arrival,
  gap: { type: 'gap', from: 1, to: 2, symbols, reason: 'disconnect', recovered: true },
});
const shown = (gaps: readonly StampedGap[]) =>
  gaps.map(({ arrival, gap }) => `${arrival} ${gap.symbols.join()}`);

test('all waiting gaps leave in one message, and come back in order if the bus fails', () => {
  const backlog = new GapBacklog();
  backlog.add(gapOf(1, 'A'));
  backlog.add(gapOf(2, 'B'));
  const taken = backlog.take();
  backlog.add(gapOf(3, 'C'));
  backlog.restore(taken);
  expect(shown(backlog.take())).toEqual(['1 A', '2 B', '3 C']);
  expect(backlog.size).toBe(0);
});

test('gaps that are too large for one message leave one by one, until none waits', () => {
  const backlog = new GapBacklog();
  backlog.add(gapOf(1, 'A'));
  backlog.add(gapOf(2, 'B'));
  expect(backlog.restoreTooLarge(backlog.take(), false)).toBeNull();
  expect([backlog.isOneByOne, shown(backlog.take())]).toEqual([true, ['1 A']]);
  backlog.accepted();
  expect([backlog.isOneByOne, shown(backlog.take())]).toEqual([true, ['2 B']]);
  backlog.accepted();
  expect(backlog.isOneByOne).toBe(false);
});

test('a gap that is too large alone is halved, and dropped with its last symbol', () => {
  const backlog = new GapBacklog();
  backlog.add(gapOf(1, 'A', 'B', 'C'));
  expect(backlog.restoreTooLarge(backlog.take(), true)).toBeNull();
  const [first] = backlog.take();
  expect(shown([first!])).toEqual(['1 A']);
  expect(backlog.restoreTooLarge([first!], true)).toBe(first);
  expect(shown(backlog.take())).toEqual(['1 B,C']);
});
