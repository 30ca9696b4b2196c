import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, formatDecimal, formatPercent } from 'tickmark/client';

const decimal = fc
  .record({
    minus: fc.boolean(),
    whole: fc.bigInt(0n, 10n ** 30n),
    fraction: fc.stringMatching(/^\d{0,12}$/),
  })
  .map(({ minus, whole, fraction }) => `${minus ? '-' : ''}${whole}${fraction && `.${fraction}`}`);

const LOCALES =
  'af am ar ar-EG as az be bg bn bs ca cs cy da de de-AT de-CH el en en-IN en-ZA es es-MX et eu fa fi fil fr fr-CA fr-CH ga gl gu he hi hr hu hy id is it it-CH ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl or pa pl ps pt pt-PT ro ru si sk sl so sq sr sv sw ta te th tk tr uk ur uz vi yue zh-CN zh-HK zh-TW zu'.split(
    ' ',
  );
// That of a server without a language, and digits of other scripts.
LOCALES.push('en-US-u-va-posix', 'hi-u-nu-deva', 'ta-u-nu-mathsanb', 'zh-u-nu-hanidec');

/** What the platform writes, which rounds decimal strings exactly, too; a value that is shown as 0 has no minus sign. */
function judge(value: string, locale: string, options: Intl.NumberFormatOptions): string {
  const exact = { roundingMode: 'halfEven', signDisplay: 'negative', ...options } as Intl.NumberFormatOptions;
  return new Intl.NumberFormat(locale, exact).format(value as never);
}

describe('a formatted decimal', () => {
  // A new platform formats decimal strings exactly as well; the test compares with it.
  it.each(LOCALES)('is what Intl.NumberFormat writes in %s', (locale) => {
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
      { numRuns: 100, seed: 7 },
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
    ['-0.6656', { maximumFractionDigits: 2 }, '-0.67'],
    ['99.9999', { maximumFractionDigits: 2 }, '100.00'],
    ['0.125', { maximumFractionDigits: 2 }, '0.12'],
    ['0.135', { maximumFractionDigits: 2 }, '0.14'],
    ['0.1250000000000000000001', { maximumFractionDigits: 2 }, '0.13'],
    ['9007199254740993.5', { maximumFractionDigits: 0 }, '9,007,199,254,740,994'],
    ['1.5', { maximumFractionDigits: 4 }, '1.5'],
    ['1.5', { minimumFractionDigits: 3, maximumFractionDigits: 4 }, '1.500'],
    ['-0.004', { maximumFractionDigits: 2 }, '0.00'],
    ['-0.004', { maximumFractionDigits: 2, signDisplay: 'exceptZero' }, '0.00'],
    ['-0.004', { maximumFractionDigits: 2, signDisplay: 'always' }, '+0.00'],
    ['n/a', {}, 'n/a'],
    ['1e5', {}, '1e5'],
  ] as const)('of %s with %j is %s', (value, options, text) => {
    expect(formatDecimal(value, { locale: 'en', ...options })).toBe(text);
  });
});

describe('a rounded decimal', () => {
  it.each(LOCALES)('is rounded half-even as Intl.NumberFormat does it, in %s', (locale) => {
    fc.assert(
      fc.property(decimal, fc.nat(6), (value, digits) => {
        const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
        expect(formatDecimal(value, { locale, ...options })).toBe(judge(value, locale, options));
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  it.each([
    { maximumFractionDigits: -1 },
    { maximumFractionDigits: 1.5 },
    { maximumFractionDigits: 101 },
    { maximumFractionDigits: NaN },
    { minimumFractionDigits: -1 },
    { minimumFractionDigits: 3, maximumFractionDigits: 2 },
  ])('cannot have digits as in %j', (options) => {
    expect(() => formatDecimal('1', options)).toThrow(/FractionDigits/);
    expect(() => formatPercent('1', options)).toThrow(/FractionDigits/);
  });
});

describe('formatPercent()', () => {
  it.each(LOCALES)('writes per cents as Intl.NumberFormat does, in %s', (locale) => {
    fc.assert(
      fc.property(decimal, fc.nat(4), (share, digits) => {
        const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
        const judged = judge(share, locale, { style: 'percent', ...options });
        expect(formatPercent(share, { locale, from: 'share', ...options })).toBe(judged);
      }),
      { numRuns: 50, seed: 7 },
    );
  });

  it.each([
    ['-0.6656', {}, '-0.67%'],
    ['99.9999', { signDisplay: 'exceptZero' }, '+100.00%'],
    ['-0.004', { signDisplay: 'exceptZero' }, '0.00%'],
    ['12', {}, '12.00%'],
    ['12.345', { maximumFractionDigits: 1 }, '12.3%'],
    ['12.345', { maximumFractionDigits: 0 }, '12%'],
    ['12.3456', { minimumFractionDigits: 3 }, '12.346%'],
    ['0.2534', { from: 'share' }, '25.34%'],
    ['-1', { from: 'share' }, '-100.00%'],
    ['0.000049', { from: 'share' }, '0.00%'],
    ['n/a', {}, 'n/a'],
  ] as const)('of %s with %j is %s', (value, options, text) => {
    expect(formatPercent(value, { locale: 'en', ...options })).toBe(text);
  });

  it('refuses other options', () => {
    expect(() => formatPercent('1', { from: 'ratio' as never })).toThrow('`percent` or `share`');
    expect(() => formatPercent('1', { locales: 'en' } as never)).toThrow('locale');
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
