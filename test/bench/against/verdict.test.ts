import { describe, expect, it } from 'vitest';
import { verdictOf, verdictText } from '../../../bench/against/verdict.js';

const part = (newer: number) => ({
  name: 'ticks to values',
  operation: 'tick',
  pairs: Array.from({ length: 12 }, () => ({ older: 2, newer })),
});

describe('verdict', () => {
  it('tells both figures, the change and its bounds, and whether that is met', () => {
    const text = verdictText(verdictOf(part(2.06), 5), 5);
    expect(text).toContain('2.000 -> 2.060 µs of processor time per tick');
    expect(text).toContain('+3.0 % at the median, +3.0 % to +3.0 % with 96.1 % confidence');
    expect(text).toContain('at most 5 %, bound below 10 %: met');
    expect(verdictText(verdictOf(part(2.2), 5), 5)).toContain(': NOT met');
  });

  it('judges nothing without a limit', () => {
    const verdict = verdictOf(part(2.2));
    expect(verdict).not.toHaveProperty('met');
    expect(verdictText(verdict)).not.toContain('met');
  });
});
