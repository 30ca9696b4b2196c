import { describe, expect, test } from 'vitest';
import { exitPrice } from '../../../src/core/book/price-policy.js';
import { valuePortfolio, type ValuePortfolioOptions } from '../../../src/core/book/value-portfolio.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_700_000_000_000;
const portfolio = Portfolio.create({
  id: 'p',
  currency: 'USD',
  cash: { EUR: 100 },
  positions: [
    { symbol: 'AAPL', quantity: 10, averageCost: 150 },
    { symbol: 'SAP', quantity: -5, averageCost: 90, currency: 'EUR' },
  ],
});

function valueOf(options: ValuePortfolioOptions) {
  return valuePortfolio(portfolio, { now: NOW, ...options });
}

test('values a portfolio at prices and rates in any form of decimal', () => {
  const { marketValue, cash, equity, complete } = valueOf({
    prices: { AAPL: Decimal.from('160.5'), SAP: 100n },
    rates: new Map([['EUR/USD', '1.25']]),
  });
  expect([String(marketValue), String(cash), String(equity), complete]).toEqual([
    '980.00',
    '125.00',
    '1105.00',
    true,
  ]);
});

test('lists positions without a price and currencies without a rate, and their totals are null', () => {
  const { marketValue, cash, complete, unpriced, unconverted } = valueOf({ prices: { SAP: 100 } });
  expect([marketValue, cash, complete, unpriced, unconverted]).toEqual([
    null,
    null,
    false,
    ['AAPL'],
    ['EUR'],
  ]);
});

test('prices are live and of this moment where they do not say otherwise', () => {
  const value = valuePortfolio(portfolio, { now: NOW, prices: { AAPL: 1, SAP: { price: 2 } } });
  expect(value.valuedAt).toBe(NOW);
  expect(value.positions.map(({ price }) => [price!.grade, price!.asOf, price!.ageMs])).toEqual([
    ['live', NOW, 0],
    ['live', NOW, 0],
  ]);
  expect(value.positions[0]!.price).toMatchObject({ source: 'given', currency: 'USD', kind: 'last' });
});

test('prices and rates grow old as in a book', () => {
  const old = { timestamp: NOW - 9000, receivedAt: NOW - 9000 };
  const value = valuePortfolio(portfolio, {
    now: NOW,
    prices: { AAPL: { price: 1, ...old }, SAP: 1 },
    rates: { 'EUR/USD': { price: 1, ...old } },
    staleAfter: 8000,
    fxMaxAgeMs: 8000,
  });
  expect(value.positions.map(({ grade }) => grade)).toEqual(['stale', 'live']);
  expect(value.unconverted).toEqual(['EUR']);
});

test('the policies choose between last price, bid and ask', () => {
  const { marketValue, dayPnl } = valueOf({
    prices: {
      AAPL: { price: 160, bid: 159, ask: 161, previousClose: 158, state: 'open' },
      SAP: { price: 100, bid: 99, ask: 101, previousClose: 101 },
    },
    rates: { 'EUR/USD': { price: '1.1', bid: 1, ask: '1.2', previousClose: 1 } },
    policy: exitPrice,
    fxPolicy: 'sides',
  });
  expect([String(marketValue), String(dayPnl)]).toEqual(['984.00', '-91.00']);
});

test('an error of the policy is reported, and leaves the position unpriced', () => {
  const errors: TickmarkError[] = [];
  const policy = {
    name: 'broken',
    choose: () => {
      throw new Error('no idea');
    },
  };
  const { unpriced } = valueOf({ prices: { AAPL: 1 }, policy, onError: (error) => errors.push(error) });
  expect(unpriced).toEqual(['AAPL', 'SAP']);
  expect(errors[0]!.code).toBe('HANDLER_FAILED');
});

describe('is refused with INVALID_ARGUMENT:', () => {
  const prices = { AAPL: 1 };
  test.each<[string, object, RegExp]>([
    ['no prices', {}, /prices: expected an object or a Map, got undefined/],
    ['a list of prices', { prices: [1] }, /prices: expected an object or a Map, got an array/],
    ['a price that is no decimal', { prices: { AAPL: 'dear' } }, /prices\["AAPL"\].*"dear"/],
    ['a price that is null', { prices: { AAPL: null } }, /prices\["AAPL"\]/],
    ['a price with too many digits', { prices: { AAPL: '12345678901234567.8' } }, /too-many-digits/],
    ['a bid that is no decimal', { prices: { AAPL: { price: 1, bid: {} } } }, /prices\["AAPL"\]\.bid/],
    ['an unknown currency', { prices: { AAPL: { price: 1, currency: 'XYZ' } } }, /unknown-currency/],
    ['a time in seconds', { prices: { AAPL: { price: 1, timestamp: NOW / 1000 } } }, /bad-timestamp/],
    [
      'a state that is none',
      { prices: { AAPL: { price: 1, state: 'shut' } } },
      /state: expected open, closed, halted or delayed, got "shut"/,
    ],
    ['an empty symbol', { prices: { '': 1 } }, /empty-symbol/],
    ['a pair that is none', { prices, rates: { EURO: 1 } }, /"EURO"/],
    ['a rate of 0', { prices, rates: { 'EUR/USD': 0 } }, /rates\["EUR\/USD"\]: expected a rate above zero/],
    ['a bid of a rate below 0', { prices, rates: { 'EUR/USD': { price: 1, bid: -1 } } }, /above zero/],
    [
      'a symbol among prices and rates',
      { prices: { 'EUR/USD': 1 }, rates: { 'EUR/USD': 1 } },
      /in rates as well/,
    ],
    ['an unknown fxPolicy', { prices, fxPolicy: 'mid' }, /fxPolicy/],
    ['an fxMaxAgeMs below 0', { prices, fxMaxAgeMs: -1 }, /maxAgeMs/],
    ['a staleAfter below 0', { prices, staleAfter: -1 }, /staleAfter/],
    ['a time that is none', { prices, now: NaN }, /now/],
  ])('%s', (_, options, message) => {
    const error = caught(() => valuePortfolio(portfolio, { now: NOW, ...options } as ValuePortfolioOptions));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });

  test.each<[string, unknown]>([
    ['no options', undefined],
    ['options that are null', null],
  ])('%s', (_, options) => {
    expect(caught(() => valuePortfolio(portfolio, options as ValuePortfolioOptions)).code).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test('what is no portfolio', () => {
    const plain = portfolio.toSnapshot() as unknown as Portfolio;
    const error = caught(() => valuePortfolio(plain, { prices }));
    expect([error.code, error.message]).toEqual([
      'INVALID_ARGUMENT',
      'valuePortfolio: portfolio: expected a Portfolio, got an object.',
    ]);
  });
});
