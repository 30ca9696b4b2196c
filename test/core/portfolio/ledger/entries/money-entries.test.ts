import { describe, expect, test } from 'vitest';
import {
  RATES,
  buy,
  cashOf,
  expectRefused,
  held,
  lotsOf,
  realizedOf,
  replayed,
  sell,
  sumText,
  sumsOf,
  text,
  type Step,
} from '../ledger-tools.js';

describe('a deposit or withdrawal', () => {
  test('moves cash and counts as a contribution, at the rate of its entry', () => {
    const portfolio = replayed([
      { type: 'deposit', amount: 100, currency: 'EUR', rates: RATES },
      { type: 'withdrawal', amount: 30, currency: 'EUR', rates: { EUR: '1.2' } },
      { type: 'withdrawal', amount: 5, currency: 'USD' },
    ]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      { EUR: '70', USD: '-5' },
      { netContributions: '69' },
    ]);
    expect(sumText(portfolio.account.cash.get('EUR')!.base)).toBe('74');
  });

  test('in pence is one in pounds', () => {
    const portfolio = replayed([{ type: 'deposit', amount: 150, currency: 'GBp', rates: RATES }]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([{ GBP: '1.5' }, { netContributions: '1.875' }]);
  });

  test('without a rate makes the sums that it touches unknown, and keeps the known part', () => {
    const portfolio = replayed([
      { type: 'deposit', amount: 3, currency: 'USD' },
      { type: 'deposit', amount: 1, currency: 'EUR', rates: { GBP: 1 } },
    ]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      { USD: '3', EUR: '1' },
      { netContributions: 'unknown' },
    ]);
    expect(text(portfolio.account.netContributions.known)).toBe('3');
    expect(sumText(portfolio.account.cash.get('EUR')!.base)).toBe('unknown');
    expect(sumText(portfolio.account.cash.get('USD')!.base)).toBe('3');
  });

  test('that settles later is unsettled until then', () => {
    const { account } = replayed([
      { type: 'deposit', amount: 3, currency: 'USD', settlesAt: 200_000 },
      { type: 'deposit', amount: 4, currency: 'USD', settlesAt: 130_000 },
      { type: 'deposit', amount: 5, currency: 'USD', settlesAt: 10 },
    ]);
    expect(account.cash.get('USD')!.unsettled.map(({ amount }) => text(amount))).toEqual(['3']);
    expect(text(account.cash.get('USD')!.balance)).toBe('12');
  });
});

describe('income', () => {
  test('counts gross for the account and its symbol, and what is withheld as taxes and expenses', () => {
    const portfolio = replayed([
      buy('A', 1, 10),
      { type: 'income', kind: 'dividend', symbol: 'A', amount: 10, withheld: 3 },
      { type: 'income', kind: 'interest', amount: -2, currency: 'USD' },
    ]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      { USD: '-5' },
      { income: '8', taxes: '3', expenses: '3' },
    ]);
    const { income, expenses } = portfolio.account.holdings.get('A')!;
    expect([sumText(income), sumText(expenses)]).toEqual(['10', '3']);
    expect(held(portfolio, 'A')).toEqual(['1', '10']);
  });

  test('is in the given currency, or in that of the position, or in that of the portfolio', () => {
    const income = (more = {}): Step => ({
      type: 'income',
      kind: 'dividend',
      amount: 2,
      rates: RATES,
      ...more,
    });
    const portfolio = replayed([
      buy('PENCE', 1, 10, { rates: RATES }),
      income({ symbol: 'PENCE' }),
      income({ symbol: 'PENCE', currency: 'EUR' }),
      income({ symbol: 'never held' }),
      income(),
    ]);
    expect(cashOf(portfolio)).toEqual({ GBP: '1.9', EUR: '2', USD: '4' });
    expect(sumsOf(portfolio)).toEqual({ income: '8.7' });
  });

  test('in units is income at their worth, which is also their cost; no cash moves', () => {
    const portfolio = replayed(
      [
        buy('EURO', 1, 10, { rates: RATES }),
        { type: 'income', kind: 'staking', symbol: 'EURO', quantity: 2, price: 20, rates: { EUR: '1.2' } },
      ],
      { costMethod: 'fifo' },
    );
    expect(lotsOf(portfolio, 'EURO')).toEqual([
      ['e1', '1', '10'],
      ['e2', '2', '40'],
    ]);
    expect(portfolio.position('EURO')!.lots.map(({ baseCost }) => text(baseCost))).toEqual(['11', '48']);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([{ EUR: '-10' }, { income: '48' }]);
    expect(sumText(portfolio.account.holdings.get('EURO')!.income)).toBe('48');
  });

  test('in units opens a position, and is refused of futures and of a short position', () => {
    const income = (symbol: string): Step => ({
      type: 'income',
      kind: 'staking',
      symbol,
      quantity: 2,
      price: 20,
    });
    const portfolio = replayed([income('NEW'), sell('A', 1, 1)]);
    expect(held(portfolio, 'NEW')).toEqual(['2', '40']);
    const sold = replayed([income('NEW'), sell('NEW', 2, 21)]);
    expect([realizedOf(sold, 'NEW'), cashOf(sold)]).toEqual(['2', { USD: '42' }]);
    expectRefused(
      portfolio,
      income('FUT'),
      'INVALID_ARGUMENT Entry "e3" (income): quantity: expected no units of futures as income, got "2".',
    );
    expectRefused(
      portfolio,
      income('A'),
      'INVALID_ARGUMENT Entry "e3" (income): quantity: expected no units as income of a short position, got "2".',
    );
  });
});

describe('a charge', () => {
  test('is an expense, also of its symbol; a refund counts below zero', () => {
    const portfolio = replayed([
      buy('A', 1, 10),
      { type: 'fee', amount: 3, currency: 'EUR', symbol: 'A', rates: RATES },
      { type: 'tax', amount: '-0.5', currency: 'USD', symbol: 'A' },
      { type: 'fee', amount: 1, currency: 'USD' },
    ]);
    expect([cashOf(portfolio), sumsOf(portfolio)]).toEqual([
      { USD: '-10.5', EUR: '-3' },
      { fees: '4.3', taxes: '-0.5', expenses: '3.8' },
    ]);
    expect(sumText(portfolio.account.holdings.get('A')!.expenses)).toBe('2.8');
    expect(held(portfolio, 'A')).toEqual(['1', '10']);
  });

  test.each<[string, Step]>([
    ['a fee', { type: 'fee', amount: 1, currency: 'USD', symbol: 'LOOSE' }],
    ['a dividend', { type: 'income', kind: 'dividend', amount: 1, currency: 'USD', symbol: 'LOOSE' }],
  ])('or income of a flat symbol leaves its profit in its currency: %s', (_, step) => {
    const flat = replayed([buy('LOOSE', 1, 100, { currency: 'EUR' }), sell('LOOSE', 1, 110), step]);
    expect([...flat.realizedPnl].map(([currency, amount]) => [currency, text(amount)])).toEqual([
      ['EUR', '10'],
    ]);
  });

  test('of a symbol that was never held opens no position', () => {
    const portfolio = replayed([{ type: 'fee', amount: 1, currency: 'USD', symbol: 'A' }]);
    expect(portfolio.positions).toEqual([]);
    expect(portfolio.account.holdings.get('A')!.wasHeld).toBe(false);
  });
});

describe('a conversion', () => {
  const convert = (sold: object, bought: object, more = {}): Step =>
    ({ type: 'conversion', sold, bought, ...more }) as Step;
  const base = (steps: readonly Step[]) =>
    Object.fromEntries(
      [...replayed(steps).account.cash].map(([code, account]) => [code, sumText(account.base)]),
    );

  test('gains nothing: both sides count at the side in the currency of the portfolio', () => {
    const out = convert(
      { amount: 110, currency: 'USD' },
      { amount: 100, currency: 'EUR' },
      { rates: { EUR: 9 } },
    );
    expect([cashOf(replayed([out])), base([out])]).toEqual([
      { USD: '-110', EUR: '100' },
      { USD: '-110', EUR: '110' },
    ]);
    expect(base([convert({ amount: 100, currency: 'EUR' }, { amount: 120, currency: 'USD' })])).toEqual({
      EUR: '-120',
      USD: '120',
    });
  });

  test('between two other currencies counts at what was sold, and is unknown without its rate', () => {
    const step = (rates: object) =>
      convert({ amount: 10, currency: 'EUR' }, { amount: 8, currency: 'GBP' }, { rates });
    expect(base([step(RATES)])).toEqual({ EUR: '-11', GBP: '11' });
    expect(base([step({ GBP: 1 })])).toEqual({ EUR: 'unknown', GBP: 'unknown' });
  });

  test('into pence of the currency of the portfolio counts at these pence', () => {
    const step = convert({ amount: 10, currency: 'EUR' }, { amount: 800, currency: 'GBp' });
    const { cash } = replayed([step], { currency: 'GBP' }).account;
    expect([...cash].map(([code, account]) => [code, sumText(account.base)])).toEqual([
      ['EUR', '-8'],
      ['GBP', '8'],
    ]);
  });

  test('has a fee that is an expense, in the currency that was sold unless another is given', () => {
    const step = (more: object) =>
      convert(
        { amount: 10, currency: 'EUR' },
        { amount: 12, currency: 'USD' },
        { fee: 1, rates: RATES, ...more },
      );
    expect([cashOf(replayed([step({})])), sumsOf(replayed([step({})]))]).toEqual([
      { EUR: '-11', USD: '12' },
      { fees: '1.1', expenses: '1.1' },
    ]);
    expect(base([step({})])).toEqual({ EUR: '-13.1', USD: '12' });
    const other = replayed([step({ feeCurrency: 'GBP' })]);
    expect([cashOf(other), sumsOf(other)]).toEqual([
      { EUR: '-10', USD: '12', GBP: '-1' },
      { fees: '1.25', expenses: '1.25' },
    ]);
  });
});
