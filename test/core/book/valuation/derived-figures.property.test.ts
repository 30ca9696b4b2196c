import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exposuresOf } from '../../../../src/core/book/valuation/derived-figures.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { fixed, rounded } from '../../../oracle/rational.js';
import { sized } from '../../../sizes.js';

// Equities of which gross exposure is often a half at the fifth digit.
const equity = fc.oneof(
  fc.constantFrom(1n, 2n, 20_000n, 200_000n, 2_000_000n),
  fc.bigInt({ min: -100n, max: 10n ** 7n }),
  fc.bigInt({ min: 1n, max: 10n ** 30n }),
);
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 100_000n }),
  fc.bigInt({ min: 0n, max: 10n ** 14n }),
  fc.bigInt({ min: 0n, max: 10n ** 30n }),
);

test('gross and net exposure and leverage follow exactly from long, short and equity', () => {
  fc.assert(
    fc.property(amount, amount, equity, fc.constantFrom(0, 2, 8), (long, size, of, scale) => {
      const figures = exposuresOf(
        Decimal.ofUnits(long, scale),
        Decimal.ofUnits(-size, scale),
        Decimal.ofUnits(of, scale),
      );
      expect(String(figures.grossExposure)).toBe(fixed(long + size, scale));
      expect(String(figures.netExposure)).toBe(fixed(long - size, scale));
      expect(String(figures.leverage)).toBe(of > 0n ? rounded({ n: long + size, d: of }, 4) : 'null');
    }),
    { numRuns: sized({ quick: 1000, gate: 5000, full: 300_000 }) },
  );
});

test('they are unknown where one of those is', () => {
  const one = Decimal.ofUnits(100, 2);
  const texts = (...given: Parameters<typeof exposuresOf>) =>
    Object.values(exposuresOf(...given)).map(String);
  expect(texts(one, null, one)).toEqual(['1.00', 'null', 'null', 'null', 'null']);
  expect(texts(null, one, one)).toEqual(['null', '1.00', 'null', 'null', 'null']);
  expect(texts(one, one.negated(), null)).toEqual(['1.00', '-1.00', '2.00', '0.00', 'null']);
});
