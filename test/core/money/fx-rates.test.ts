import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { FxRates, fxPair, type FxQuote, type FxSide } from '../../../src/core/money/fx-rates.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_700_000_000_000;

function quote(last: string, sides: { bid?: string; ask?: string } = {}, at = NOW): FxQuote {
  const side = (text: string | undefined) => (text === undefined ? null : Decimal.from(text));
  return { last: Decimal.from(last), bid: side(sides.bid), ask: side(sides.ask), asOf: at, receivedAt: at };
}

function rates(quotes: Record<string, FxQuote>, maxAgeMs?: number): FxRates {
  const result = new FxRates(Object.keys(quotes), maxAgeMs);
  for (const [symbol, each] of Object.entries(quotes)) result.update(symbol, each);
  return result;
}

function ratio(of: FxRates, from: string, to: string, side?: FxSide, now = NOW): string | null {
  const rate = of.rate(from, to, now, side);
  return rate && `${rate.numerator}/${rate.denominator}`;
}

function reduced(text: string | null): number | null {
  if (text === null) return null;
  const [numerator, denominator] = text.split('/').map(Number) as [number, number];
  return numerator / denominator;
}

describe('FX rates', () => {
  test('follow a pair, its exact inverse, and a path over several pairs', () => {
    const market = rates({ 'EUR/USD': quote('1.07'), 'USD/JPY': quote('151.5') });
    expect(ratio(market, 'EUR', 'USD')).toBe('107/100');
    expect(ratio(market, 'USD', 'EUR')).toBe('100/107');
    expect(market.rate('EUR', 'JPY', NOW)!.path).toEqual(['EUR/USD', 'USD/JPY']);
    expect(reduced(ratio(market, 'EUR', 'JPY'))).toBeCloseTo(1.07 * 151.5, 12);
    expect(ratio(market, 'USD', 'USD')).toBe('1/1');
  });

  test('are null, not 1, without a pair, a price or a path', () => {
    const market = new FxRates(['EUR/USD', 'USD/JPY']);
    expect(ratio(market, 'EUR', 'USD')).toBeNull();
    market.update('EUR/USD', quote('1.07'));
    expect(ratio(market, 'EUR', 'JPY')).toBeNull();
    expect(ratio(market, 'EUR', 'CHF')).toBeNull();
  });

  test('take the shortest path, and among equal ones the pair listed first', () => {
    const all = {
      'GBP/USD': quote('1.25'),
      'USD/CHF': quote('0.9'),
      'GBP/EUR': quote('1.17'),
      'EUR/CHF': quote('0.96'),
    };
    expect(rates(all).rate('GBP', 'CHF', NOW)!.path).toEqual(['GBP/USD', 'USD/CHF']);
    const direct = rates({ ...all, 'GBP/CHF': quote('1.1') });
    expect(direct.rate('GBP', 'CHF', NOW)!.path).toEqual(['GBP/CHF']);
  });

  test('avoid a pair whose price is too old, and use it again once it has a new price', () => {
    const market = rates(
      { 'GBP/CHF': quote('1.1', {}, NOW - 10_001), 'GBP/USD': quote('1.25'), 'USD/CHF': quote('0.9') },
      10_000,
    );
    expect(market.rate('GBP', 'CHF', NOW)!.path).toEqual(['GBP/USD', 'USD/CHF']);
    market.update('GBP/CHF', quote('1.12', {}, NOW));
    expect(market.rate('GBP', 'CHF', NOW)!.path).toEqual(['GBP/CHF']);
    expect(market.rate('GBP', 'CHF', NOW + 10_000)!.path).toEqual(['GBP/CHF']);
    expect(market.rate('GBP', 'CHF', NOW + 10_001)).toBeNull();
  });

  test('convert minor units by fixed ratios, as source, as target and along the path', () => {
    const market = rates({ 'GBP/USD': quote('1.25') });
    expect(reduced(ratio(market, 'GBp', 'GBP'))).toBe(0.01);
    expect(reduced(ratio(new FxRates(), 'GBP', 'GBp'))).toBe(100);
    expect(reduced(ratio(market, 'GBX', 'USD'))).toBe(0.0125);
    expect(reduced(ratio(market, 'USD', 'GBp'))).toBe(80);
    expect(reduced(ratio(new FxRates(), 'GBX', 'GBp'))).toBe(1);
    expect(market.rate('GBp', 'USD', NOW)!.path).toEqual(['GBP/USD']);
    expect(reduced(ratio(new FxRates(), 'ZAc', 'ZAR'))).toBe(0.01);
    expect(reduced(ratio(new FxRates(), 'ILA', 'ILS'))).toBe(0.01);
  });

  test('sell holdings at the bid and buy debts at the ask, the other way round through the inverse', () => {
    const market = rates({ 'EUR/USD': quote('1.07', { bid: '1.06', ask: '1.08' }) });
    expect(ratio(market, 'EUR', 'USD', 'sell')).toBe('106/100');
    expect(ratio(market, 'EUR', 'USD', 'buy')).toBe('108/100');
    expect(ratio(market, 'USD', 'EUR', 'sell')).toBe('100/108');
    expect(ratio(market, 'USD', 'EUR', 'buy')).toBe('100/106');
    expect(ratio(market, 'USD', 'EUR', 'last')).toBe('100/107');
  });

  test('take the right side on each leg of a path', () => {
    const market = rates({
      'EUR/USD': quote('1.07', { bid: '1.06', ask: '1.08' }),
      'GBP/USD': quote('1.25', { bid: '1.24', ask: '1.26' }),
    });
    expect(reduced(ratio(market, 'EUR', 'GBP', 'sell'))).toBeCloseTo(1.06 / 1.26, 14);
    expect(reduced(ratio(market, 'EUR', 'GBP', 'buy'))).toBeCloseTo(1.08 / 1.24, 14);
  });

  test('fall back to the last price where there is no bid or ask', () => {
    const market = rates({ 'EUR/USD': quote('1.07', { ask: '1.08' }) });
    expect(ratio(market, 'EUR', 'USD', 'sell')).toBe('107/100');
    expect(ratio(market, 'USD', 'EUR', 'sell')).toBe('100/108');
  });

  test('have a fingerprint: the same for the same pairs in any order, and another for others', () => {
    const print = (...pairs: string[]) => new FxRates(pairs).fingerprint;
    expect(print()).toBe('');
    expect(print('EUR/USD', 'USD/JPY')).toBe(print('USD/JPY', 'EUR/USD'));
    const prints = [print('EUR/USD'), print('USD/EUR'), print('EURUSD'), print('EUR/USD', 'USD/JPY')];
    expect(new Set(prints).size).toBe(4);
    for (const each of prints) expect(each).toMatch(/^[0-9a-z]{1,7}$/);
  });

  test('report the newest and the oldest of the times of their legs', () => {
    const market = rates({ 'EUR/USD': quote('1.07', {}, NOW - 5), 'USD/JPY': quote('151.5', {}, NOW - 20) });
    expect(market.rate('EUR', 'JPY', NOW)).toMatchObject({
      newest: NOW - 5,
      oldest: NOW - 20,
      oldestReceivedAt: NOW - 20,
    });
    expect(market.rate('EUR', 'EUR', NOW)).toMatchObject({ newest: 0, oldest: Infinity });
  });

  test('have a version that rises with each price of a pair, and with nothing else', () => {
    const market = new FxRates(['EUR/USD']);
    market.update('AAPL', quote('1'));
    expect(market.version).toBe(0);
    market.update('EUR/USD', quote('1'));
    expect(market.version).toBe(1);
  });
});

describe('invalid input', () => {
  test.each(['0', '-1'])('a rate of %s is rejected, on every side', (bad) => {
    const market = new FxRates(['EUR/USD']);
    for (const each of [quote(bad), quote('1', { bid: bad }), quote('1', { ask: bad })]) {
      expect(caught(() => market.update('EUR/USD', each)).code).toBe('INVALID_ARGUMENT');
    }
    expect(ratio(market, 'EUR', 'USD')).toBeNull();
  });

  test('pairs are read from their usual spellings', () => {
    for (const name of ['EUR/USD', 'EUR-USD', 'EUR_USD', 'EURUSD']) {
      expect(fxPair(name)).toEqual({ symbol: name, base: 'EUR', quote: 'USD' });
    }
  });

  test.each(['', 'EUR', 'EUR/', 'EURUSDX', 'eurusd', '__proto__', 'E'.repeat(10_000)])(
    '%.20j is rejected as a pair',
    (name) => {
      const error = caught(() => fxPair(name));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message.length).toBeLessThan(200);
    },
  );

  test('unknown currencies, pairs of one currency, symbols listed twice and invalid ages are rejected', () => {
    expect(caught(() => fxPair('EUR/XYZ')).code).toBe('UNKNOWN_CURRENCY');
    expect(caught(() => new FxRates([{ symbol: 'x', base: 'EUR', quote: 'EUR' }])).code).toBe(
      'INVALID_ARGUMENT',
    );
    expect(caught(() => new FxRates([{ symbol: '', base: 'EUR', quote: 'USD' }])).code).toBe(
      'INVALID_ARGUMENT',
    );
    expect(caught(() => new FxRates(['EUR/USD', 'EUR/USD'])).code).toBe('INVALID_ARGUMENT');
    expect(caught(() => new FxRates([], NaN)).code).toBe('INVALID_ARGUMENT');
    expect(caught(() => new FxRates([], -1)).code).toBe('INVALID_ARGUMENT');
    const hostile = caught(() => new FxRates([{ symbol: 'x\n'.repeat(5_000), base: 'EUR', quote: 'XYZ' }]));
    expect(hostile.code).toBe('UNKNOWN_CURRENCY');
    expect(hostile.message).not.toContain('\n');
    expect(hostile.message.length).toBeLessThan(400);
  });
});
