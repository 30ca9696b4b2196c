import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, formatDecimal } from 'tickmark/client';

const decimal = fc
  .record({
    minus: fc.boolean(),
    whole: fc.bigInt(0n, 10n ** 30n),
    fraction: fc.stringMatching(/^\d{0,12}$/),
  })
  .map(({ minus, whole, fraction }) => `${minus ? '-' : ''}${whole}${fraction && `.${fraction}`}`);

describe('a formatted decimal', () => {
  // A new platform formats decimal strings exactly as well; the test compares with it.
  it.each([
    'en',
    'de',
    'de-CH',
    'fr',
    'es',
    'pl',
    'en-IN',
    'hi',
    'zh-CN',
    'ja',
    'ar-EG',
    'fa',
    'sv',
    'pt-PT',
  ])('is what Intl.NumberFormat writes in %s', (locale) => {
    fc.assert(
      fc.property(decimal, (value) => {
        const fraction = value.split('.')[1]?.length ?? 0;
        const options = { minimumFractionDigits: fraction, maximumFractionDigits: fraction };
        const isZero = !/[1-9]/.test(value);
        const judged = new Intl.NumberFormat(locale, options).format(
          (isZero ? value.replace('-', '') : value) as never,
        );
        expect(formatDecimal(value, { locale })).toBe(judged);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it.each([
    ['1234567890123456789.10', {}, '1,234,567,890,123,456,789.10'],
    ['0.1', { minimumFractionDigits: 2 }, '0.10'],
    ['0.125', { minimumFractionDigits: 2 }, '0.125'],
    ['5', { minimumFractionDigits: 2 }, '5.00'],
    ['5', { signDisplay: 'always' }, '+5'],
    ['0', { signDisplay: 'always' }, '+0'],
    ['0.00', { signDisplay: 'exceptZero' }, '0.00'],
    ['12', { signDisplay: 'exceptZero' }, '+12'],
    ['-12', { signDisplay: 'exceptZero' }, '-12'],
    ['-12', { signDisplay: 'never' }, '12'],
    ['-0.00', {}, '0.00'],
    ['n/a', {}, 'n/a'],
    ['1e5', {}, '1e5'],
  ] as const)('of %s with %j is %s', (value, options, text) => {
    expect(formatDecimal(value, { locale: 'en', ...options })).toBe(text);
  });
});

describe('compareDecimals()', () => {
  it('compares values of any length', () => {
    const units = (text: string, scale: number): bigint => {
      const [whole, fraction = ''] = text.replace('-', '').split('.');
      const size = BigInt(whole! + fraction.padEnd(scale, '0'));
      return text.startsWith('-') ? -size : size;
    };
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const difference = units(a, 12) - units(b, 12);
        expect(Math.sign(compareDecimals(a, b))).toBe(difference > 0n ? 1 : difference < 0n ? -1 : 0);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  it.each([
    ['1', '1.00', 0],
    ['-0', '0.0', 0],
    ['007', '7', 0],
    ['0.10', '0.1', 0],
    ['-1', '1', -1],
    ['-2', '-10', 1],
    ['9', '10', -1],
    ['0.9', '0.89', 1],
    ['-0.9', '-0.89', -1],
    ['1.5', '1', 1],
  ])('compares %s and %s', (a, b, sign) => {
    expect(Math.sign(compareDecimals(a, b))).toBe(sign);
    expect(Math.sign(compareDecimals(b, a))).toBe(0 - sign);
  });
});
