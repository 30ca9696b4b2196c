import { describe, expect, test } from 'vitest';
import { SAME_CURRENCY } from '../../../src/core/money/conversion.js';
import { convert, rateOf } from './converted.js';

describe('a conversion', () => {
  test('uses the low part of an amount where it decides the rounding', () => {
    // 2^60 + 1 at a rate of 1/2^12: half a unit and 2^-12 more. The high part alone is a tie.
    const rate = rateOf(1n, 2n ** 12n);
    const tie = 2n ** 59n + 2n ** 11n;
    expect(convert(tie, 0, rate, 0).rounded).toBe(2 ** 47);
    expect(convert(tie + 1n, 0, rate, 0).rounded).toBe(2 ** 47 + 1);
    expect(convert(tie - 1n, 0, rate, 0).rounded).toBe(2 ** 47);
  });

  test('never returns a negative zero', () => {
    expect(convert(-1n, 5, SAME_CURRENCY, 2).rounded).toBe(0);
  });
});
