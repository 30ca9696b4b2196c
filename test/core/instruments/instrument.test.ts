import { describe, expect, test } from 'vitest';
import { Instrument, type InstrumentInput } from '../../../src/core/instruments/instrument.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { caught } from '../../oracle/caught.js';

const of = (input: Partial<InstrumentInput> = {}) =>
  Instrument.of({ symbol: 'X', currency: 'USD', ...input });
const INVERSE = {
  settlementCurrency: 'BTC',
  valuationMethod: 'futures',
  inverse: true,
  multiplier: 100,
} as const;
const d = (text: string | number) => Decimal.from(text);

describe('an instrument', () => {
  test('is a plain equity by default', () => {
    expect(of().toJSON()).toEqual({
      symbol: 'X',
      currency: 'USD',
      settlementCurrency: 'USD',
      multiplier: '1',
      quotation: 'unit',
      valuationMethod: 'premium',
      inverse: false,
      tags: {},
    });
    expect([of().isPlain, of().isFutures, of().name]).toEqual([true, false, undefined]);
    expect(Instrument.plain('X', 'USD').toJSON()).toEqual(of().toJSON());
  });

  test('is the same when it is written down and read again', () => {
    for (const input of [
      { name: 'Ten', tags: { sector: 'Energy' }, multiplier: '10.50' },
      { quotation: 'percent' },
      { quotation: { per: '1e3' }, currency: 'GBp' },
      INVERSE,
    ] satisfies Array<Partial<InstrumentInput>>) {
      const json = of(input).toJSON();
      const again = Instrument.of(JSON.parse(JSON.stringify(json)) as InstrumentInput);
      expect(again.toJSON()).toEqual(json);
      expect([again.isPlain, again.factor]).toEqual([of(input).isPlain, of(input).factor]);
    }
    expect(of({ name: 'Ten' }).toJSON().name).toBe('Ten');
    const instrument = of();
    expect(Instrument.of(instrument)).toBe(instrument);
  });

  test('is immutable, and does not change when its input is changed later', () => {
    const tags = { sector: 'Energy' };
    const instrument = of({ tags, quotation: { per: 100 } });
    tags.sector = 'Tech';
    expect(instrument.tags).toEqual({ sector: 'Energy' });
    expect([instrument, instrument.tags, instrument.quotation].every(Object.isFrozen)).toBe(true);
  });

  test.each<[Partial<InstrumentInput>, string, string]>([
    [{}, '1', 'USD'],
    [{ multiplier: 50 }, '50', 'USD'],
    [{ quotation: 'percent' }, '0.01', 'USD'],
    [{ quotation: { per: 1000 } }, '0.001', 'USD'],
    [{ quotation: { per: 100 }, multiplier: 5000 }, '50', 'USD'],
    [{ currency: 'GBp' }, '0.01', 'GBP'],
    [{ currency: 'GBp', quotation: 'percent', multiplier: 2 }, '0.0002', 'GBP'],
    // Price × multiplier is in the settlement currency already.
    [{ currency: 'GBp', settlementCurrency: 'USD' }, '1', 'USD'],
    [{ currency: 'GBp', settlementCurrency: 'GBP' }, '0.01', 'GBP'],
    [{ currency: 'JPY', settlementCurrency: 'USD', multiplier: 5 }, '5', 'USD'],
    [INVERSE, '100', 'BTC'],
    // Its prime factors cancel.
    [{ quotation: { per: 3 }, multiplier: 9 }, '3', 'USD'],
  ])('%j has a factor of %s in %s', (input, factor, currency) => {
    const { factor: found, settlementCurrency } = of(input);
    expect([found.toString(), settlementCurrency]).toEqual([factor, currency]);
  });

  test('is plain when it is fully paid and one unit is worth its price, also in pence', () => {
    expect([of({ currency: 'GBp' }), of({ multiplier: '1.0' })].map(({ isPlain }) => isPlain)).toEqual([
      true,
      true,
    ]);
    for (const input of [
      { multiplier: 2 },
      { quotation: 'percent' },
      { quotation: { per: 1 } },
      { valuationMethod: 'futures' },
      { settlementCurrency: 'EUR' },
    ] satisfies Array<Partial<InstrumentInput>>)
      expect(of(input).isPlain).toBe(false);
  });

  const ABOVE = 'a number above zero';
  test.each<[string, Partial<InstrumentInput>, string]>([
    [
      'a multiplier of 0',
      { multiplier: 0 },
      `INVALID_ARGUMENT Instrument "X": multiplier: expected ${ABOVE}, got "0".`,
    ],
    [
      'a multiplier below 0',
      { multiplier: -5 },
      `INVALID_ARGUMENT Instrument "X": multiplier: expected ${ABOVE}, got "-5".`,
    ],
    [
      'a multiplier that is no number',
      { multiplier: 'x' },
      'INVALID_DECIMAL Instrument "X": multiplier: expected a finite decimal such as 12.5 or "12.50", got "x".',
    ],
    [
      'a divisor of 0',
      { quotation: { per: 0 } },
      `INVALID_ARGUMENT Instrument "X": quotation.per: expected ${ABOVE}, got "0".`,
    ],
    [
      'a divisor below 0',
      { quotation: { per: -100 } },
      `INVALID_ARGUMENT Instrument "X": quotation.per: expected ${ABOVE}, got "-100".`,
    ],
    [
      'a divisor that leads to endless decimals',
      { quotation: { per: 3 } },
      'INVALID_ARGUMENT Instrument "X": quotation.per: expected a divisor whose only prime factors are 2 and 5, got "3".',
    ],
    [
      'an unknown quotation',
      { quotation: 'tick' as 'unit' },
      'INVALID_ARGUMENT Instrument "X": quotation: expected "unit", "percent" or { per: number }, got "tick".',
    ],
    [
      'an unknown valuation method',
      { valuationMethod: 'margin' as 'futures' },
      'INVALID_ARGUMENT Instrument "X": valuationMethod: expected "premium" or "futures", got "margin".',
    ],
    [
      'inverse that is neither true nor false',
      { inverse: 'yes' as unknown as boolean },
      'INVALID_ARGUMENT Instrument "X": inverse: expected true or false, got "yes".',
    ],
    [
      'inverse and fully paid',
      { ...INVERSE, valuationMethod: 'premium' },
      'INVALID_ARGUMENT Instrument "X": valuationMethod of an inverse contract: expected "futures", got "premium".',
    ],
    [
      'inverse without settlement currency',
      { inverse: true, valuationMethod: 'futures' },
      'INVALID_ARGUMENT Instrument "X": settlementCurrency of an inverse contract: expected a currency, got undefined.',
    ],
    [
      'inverse and quoted per cent',
      { ...INVERSE, quotation: 'percent' },
      'INVALID_ARGUMENT Instrument "X": quotation of an inverse contract: expected "unit", got "percent".',
    ],
    [
      'an empty symbol',
      { symbol: '' },
      'INVALID_ARGUMENT Instrument: symbol: expected a string of 1 to 256 characters, got "".',
    ],
    [
      'a symbol of 257 characters',
      { symbol: 'x'.repeat(257) },
      `INVALID_ARGUMENT Instrument: symbol: expected a string of 1 to 256 characters, got "${'x'.repeat(64)}…".`,
    ],
    [
      'inverse and quoted per n units',
      { ...INVERSE, quotation: { per: 10 } },
      'INVALID_ARGUMENT Instrument "X": quotation of an inverse contract: expected "unit", got an object.',
    ],
    [
      'a multiplier that is null',
      { multiplier: null as unknown as number },
      'INVALID_DECIMAL Instrument "X": multiplier: expected a finite decimal such as 12.5 or "12.50", got null.',
    ],
    [
      'a quotation that is null',
      { quotation: null as unknown as 'unit' },
      'INVALID_ARGUMENT Instrument "X": quotation: expected "unit", "percent" or { per: number }, got null.',
    ],
    [
      'a multiplier of too many digits',
      { multiplier: '1'.repeat(30) },
      `OUT_OF_RANGE Instrument "X": multiplier: "${'1'.repeat(30)}" has 30 significant digits, 0 of them after the point; ` +
        'at most 29 significant digits, 18 of them after the point, are held exactly.',
    ],
    [
      'a settlement currency that is a minor unit',
      { currency: 'GBp', settlementCurrency: 'GBp' },
      'INVALID_ARGUMENT Instrument "X": settlementCurrency: expected a currency that is no minor unit, such as GBP, got "GBp".',
    ],
    [
      'tags that are no object',
      { tags: 'Energy' as unknown as Record<string, string> },
      'INVALID_ARGUMENT Instrument "X": tags: expected an object of strings, such as { sector: "Energy" }, got "Energy".',
    ],
    [
      'tags in a list',
      { tags: ['Energy'] as unknown as Record<string, string> },
      'INVALID_ARGUMENT Instrument "X": tags: expected an object of strings, such as { sector: "Energy" }, got an array.',
    ],
    [
      'a tag that is no text',
      { tags: { sector: 5 } as unknown as Record<string, string> },
      'INVALID_ARGUMENT Instrument "X": tags: "sector": expected a string, got 5.',
    ],
    [
      'a name that is no text',
      { name: null as unknown as string },
      'INVALID_ARGUMENT Instrument "X": name: expected a string, got null.',
    ],
    [
      'a field that is misspelled',
      { multipler: 50 } as Partial<InstrumentInput>,
      'INVALID_ARGUMENT Instrument "X": unknown field "multipler"; did you mean "multiplier"?',
    ],
    [
      'a symbol that is no text',
      { symbol: 5 as unknown as string },
      'INVALID_ARGUMENT Instrument: symbol: expected a string of 1 to 256 characters, got 5.',
    ],
  ])('with %s is refused', (_, input, expected) => {
    const { code, message } = caught(() => of(input));
    expect(`${code} ${message}`).toBe(expected);
  });

  test.each([NaN, Infinity, -Infinity, '', ' 5', '5 ', '1,5', true, {}])(
    'with %j for a multiplier or divisor is refused',
    (bad) => {
      for (const [field, input] of [
        ['multiplier', { multiplier: bad as number }],
        ['quotation.per', { quotation: { per: bad as number } }],
      ] as const) {
        const { code, message } = caught(() => of(input));
        expect(`${code} ${message}`).toContain(
          `INVALID_DECIMAL Instrument "X": ${field}: expected a finite decimal such as 12.5 or "12.50", got `,
        );
      }
    },
  );

  test.each([null, undefined, 5, 'X'])('is not made of %j', (input) => {
    const { code, message } = caught(() => Instrument.of(input as never));
    expect(`${code} ${message}`).toBe(
      `INVALID_ARGUMENT Instrument: expected an object with symbol and currency, got ${JSON.stringify(input)}.`,
    );
  });

  test('may have fields that are undefined', () => {
    const input = { multiplier: undefined, tags: undefined, other: undefined } as Partial<InstrumentInput>;
    expect(of(input).toJSON()).toEqual(of().toJSON());
  });

  test.each(['currency', 'settlementCurrency'])('with an unknown %s is refused', (field) => {
    for (const bad of ['usd', '', ' USD', 5, null]) {
      const { code, message } = caught(() => of({ [field]: bad }));
      expect(code).toBe('UNKNOWN_CURRENCY');
      expect(message).toMatch(new RegExp(`^Instrument "X": ${field}: .* is not a known currency\\.`));
    }
  });
});

describe('worth', () => {
  test('is quantity × multiplier × price, in the unit that the price counts', () => {
    const worth = (input: Partial<InstrumentInput>, quantity: number, price: string) =>
      of(input).worth(quantity, price).toString();
    expect(worth({}, -3, '2.50')).toBe('-7.5');
    expect(worth({ multiplier: 50 }, 2, '5100')).toBe('510000');
    expect(worth({ quotation: 'percent' }, 1000, '98.5')).toBe('985');
    expect(worth({ quotation: { per: 100 }, multiplier: 5000 }, 2, '450.25')).toBe('45025');
    expect(worth({ currency: 'GBp' }, 100, '72.4')).toBe('72.4');
    expect(worth({ multiplier: 1000 }, 1, '-37.63')).toBe('-37630');
  });

  test('of inverse contracts is −quantity × multiplier / price, rounded to 36 digits and exact as a fraction', () => {
    const inverse = of(INVERSE);
    expect(inverse.worth(3, 50_000).toString()).toBe('-0.006');
    expect(inverse.worth(-1, 300).toString()).toBe(`0.${'3'.repeat(36)}`);
    const { numerator, denominator } = inverse.exactWorth(d(-1), d('0.3'));
    expect(numerator * 3n).toBe(1000n * denominator);
  });

  test('of inverse contracts needs a price above zero', () => {
    for (const price of [0, '-1'])
      expect(caught(() => of(INVERSE).worth(1, price)).message).toBe(
        `Instrument "X": price: expected a price above zero: the contract is inverse, got "${price}".`,
      );
  });

  test('needs decimals', () => {
    expect(caught(() => of().worth('x', 1)).message).toMatch(/^Instrument\.worth: quantity: /);
    expect(caught(() => of().worth(1, 'x')).message).toMatch(/^Instrument\.worth: price: /);
  });

  test('leads back to the price', () => {
    for (const input of [
      { multiplier: 50 },
      { quotation: 'percent' },
      { currency: 'GBp' },
      INVERSE,
    ] as const) {
      const instrument = of(input);
      const price = instrument.priceOf(d('-4'), instrument.worth('-4', '12.5'))!;
      expect(price.toDecimal(18).toString()).toBe('12.5');
    }
    expect(of().priceOf(d(0), d(5))).toBeNull();
    expect(of().priceOf(d(5), d(0))!.isZero).toBe(true);
    expect(of(INVERSE).priceOf(d(5), d(0))!.isZero).toBe(true);
  });
});
