import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from 'tickmark/client';

const amount = fc
  .record({ minus: fc.boolean(), units: fc.bigInt(0n, 10n ** 24n), scale: fc.nat(9) })
  .map(({ minus, units, scale }) => {
    const digits = String(units).padStart(scale + 1, '0');
    const point = digits.length - scale;
    return `${minus ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
  });
const amounts = fc.array(fc.option(amount, { freq: 6 }), { maxLength: 30 });
const SCALE = 12;

/** Units of 10^-12. */
function unitsOf(text: string): bigint {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const units = BigInt(whole! + fraction.padEnd(SCALE, '0'));
  return text.startsWith('-') ? -units : units;
}
const sizeOf = (text: string): bigint => (unitsOf(text) < 0n ? -unitsOf(text) : unitsOf(text));
const sum = (sizes: readonly bigint[]): bigint => sizes.reduce((total, size) => total + size, 0n);

describe('shares in per cent', () => {
  it('add up to exactly 100, each within one unit of its own, larger ones never below smaller ones', () => {
    fc.assert(
      fc.property(amounts, fc.nat(6), (given, digits) => {
        const shares = shareOut(given, digits);
        const known = given.filter((each) => each !== null);
        const total = sum(known.map(sizeOf));
        expect(shares.map((share) => share === null)).toEqual(
          given.map((each) => each === null || total === 0n),
        );
        if (total === 0n) return;
        const pairs = given.flatMap((each, index) =>
          each === null ? [] : [{ amount: each, share: shares[index]! }],
        );
        expect(sum(pairs.map(({ share }) => sizeOf(share)))).toBe(unitsOf('100'));
        const unit = 10n ** BigInt(SCALE - digits);
        for (const { amount: each, share } of pairs) {
          const distance = sizeOf(share) * total - sizeOf(each) * unitsOf('100');
          expect(distance < unit * total && -distance < unit * total).toBe(true);
          expect(share.split('.')[1]?.length ?? 0).toBe(digits);
          if (sizeOf(share) > 0n) expect(share.startsWith('-')).toBe(each.startsWith('-'));
          for (const other of pairs)
            if (sizeOf(other.amount) < sizeOf(each)) expect(sizeOf(other.share) <= sizeOf(share)).toBe(true);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it.each([
    [['1', '1', '1'], 2, ['33.34', '33.33', '33.33']],
    [['1', '1', '1'], 0, ['34', '33', '33']],
    [['1', null, '1', undefined, '1'], 1, ['33.4', null, '33.3', null, '33.3']],
    [['75.00', '-25.00'], 2, ['75.00', '-25.00']],
    [['0', '5'], 2, ['0.00', '100.00']],
    [['-0.000001', '100000'], 2, ['0.00', '100.00']],
    [['0.00', '-0'], 2, [null, null]],
    [[null], 2, [null]],
    [[], 2, []],
  ])('of %j with %i digits are %j', (given, digits, shares) => {
    expect(shareOut(given, digits)).toEqual(shares);
  });

  it('are those of very many amounts', () => {
    const shares = shareOut(
      Array.from({ length: 200_000 }, () => '1'),
      4,
    );
    expect(sum(shares.map((share) => unitsOf(share!)))).toBe(unitsOf('100'));
  });

  it('are not those of what is no decimal', () => {
    expect(() => shareOut(['1e5'], 2)).toThrow('a decimal, or null');
    expect(() => shareOut(['1'], -1)).toThrow('shareOut: fractionDigits');
  });
});
