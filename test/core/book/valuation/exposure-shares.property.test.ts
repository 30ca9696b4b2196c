import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exposureShares } from '../../../../src/core/book/valuation/exposure-shares.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { Fraction, roundTogether } from '../../../../src/core/money/fraction.js';
import { sized } from '../../../sizes.js';

// Many halves and whole units, numbers about 2^53, and more.
const units = fc.oneof(
  fc.integer({ min: 0, max: 2000 }).map((halves) => halves * 50),
  fc.nat(),
  fc.maxSafeNat(),
  fc.bigInt({ min: 0n, max: 10n ** 30n }).map((big) => (big <= 2n ** 53n ? Number(big) - 1 : big)),
);

test('long and short exposure are what roundTogether() makes of them', () => {
  fc.assert(
    fc.property(units, units, fc.nat(20), fc.nat(8), (long, size, scale, to) => {
      const short = typeof size === 'number' ? 0 - size : -size;
      const exact = [long, short].map((each) => Fraction.from(Decimal.ofUnits(each, scale)));
      const net = exact[0]!.plus(exact[1]!).rounded(to);
      const shares = exposureShares(long, short, scale, net);
      expect(shares.map(String)).toEqual(roundTogether(exact, to).map(String));
    }),
    { numRuns: sized({ quick: 2000, gate: 10_000, full: 500_000 }) },
  );
});
