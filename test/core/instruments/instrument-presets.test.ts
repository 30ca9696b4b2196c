import { describe, expect, test } from 'vitest';
import {
  bond,
  cfd,
  crypto,
  equity,
  etf,
  fund,
  future,
  inversePerpetual,
  option,
  perpetual,
  spotFx,
} from '../../../src/core/instruments/instrument-presets.js';
import type { InstrumentInput } from '../../../src/core/instruments/instrument.js';
import { caught } from '../../oracle/caught.js';

const X = { symbol: 'X', currency: 'USD' };
const PLAIN = {
  ...X,
  settlementCurrency: 'USD',
  multiplier: '1',
  quotation: 'unit',
  valuationMethod: 'premium',
  inverse: false,
  tags: {},
};
const FUTURES = { ...PLAIN, valuationMethod: 'futures' };

describe('a preset', () => {
  test.each([
    ['equity', equity(X), PLAIN],
    ['etf', etf(X), PLAIN],
    ['fund', fund(X), PLAIN],
    ['crypto', crypto(X), PLAIN],
    ['spotFx', spotFx(X), PLAIN],
    ['option', option(X), { ...PLAIN, multiplier: '100' }],
    [
      'option of no given size',
      option({ ...X, multiplier: undefined } as typeof X),
      { ...PLAIN, multiplier: '100' },
    ],
    [
      'bond of no given quotation',
      bond({ ...X, quotation: undefined } as typeof X),
      { ...PLAIN, quotation: 'percent' },
    ],
    ['option of another size', option({ ...X, multiplier: 10 }), { ...PLAIN, multiplier: '10' }],
    ['bond', bond(X), { ...PLAIN, quotation: 'percent' }],
    ['bond quoted by unit', bond({ ...X, quotation: 'unit' }), PLAIN],
    ['future', future({ ...X, multiplier: 50 }), { ...FUTURES, multiplier: '50' }],
    ['perpetual', perpetual(X), FUTURES],
    ['cfd', cfd(X), FUTURES],
    [
      'inversePerpetual',
      inversePerpetual({ ...X, settlementCurrency: 'BTC', multiplier: 100 }),
      { ...FUTURES, settlementCurrency: 'BTC', multiplier: '100', inverse: true },
    ],
  ])('%s fills in what its kind has', (_, instrument, expected) => {
    expect(instrument.toJSON()).toEqual(expected);
  });

  test('of futures stays one, whatever it is given', () => {
    const given = {
      ...X,
      multiplier: 2,
      settlementCurrency: 'BTC',
      valuationMethod: 'premium',
      inverse: false,
    } as InstrumentInput & {
      multiplier: number;
      settlementCurrency: string;
    };
    for (const preset of [future, perpetual, cfd, inversePerpetual])
      expect(preset(given).isFutures).toBe(true);
    expect(inversePerpetual(given).inverse).toBe(true);
  });

  test('keeps name and tags, and refuses bad input', () => {
    const instrument = equity({ ...X, name: 'Ten', tags: { sector: 'Energy' } });
    expect([instrument.name, instrument.tags]).toEqual(['Ten', { sector: 'Energy' }]);
    expect(caught(() => option({ ...X, multiplier: 0 })).code).toBe('INVALID_ARGUMENT');
    expect(caught(() => inversePerpetual(X as never)).message).toBe(
      'Instrument "X": settlementCurrency of an inverse contract: expected a currency, got undefined.',
    );
  });
});
