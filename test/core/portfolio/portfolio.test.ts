import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { PortfolioInput } from '../../../src/core/portfolio/portfolio-input.js';
import { caught } from '../../oracle/caught.js';

function account(input: Partial<PortfolioInput> = {}): Portfolio {
  return Portfolio.create({ id: 'p1', currency: 'USD', cash: { USD: 10_000 }, ...input });
}

/** Everything a portfolio holds, as plain data. */
function plain(portfolio: Portfolio): unknown {
  return JSON.parse(JSON.stringify(portfolio));
}

function held(portfolio: Portfolio, symbol: string): string[] | undefined {
  const position = portfolio.position(symbol);
  return (
    position && [position.quantity.toString(), position.costBasis.toString(), position.realizedPnl.toString()]
  );
}

const cash = (portfolio: Portfolio, currency = 'USD') => portfolio.cash.get(currency)?.toString();
const realized = (portfolio: Portfolio, currency = 'USD') => portfolio.realizedPnl.get(currency)?.toString();

describe('trades', () => {
  test('a purchase adds price and fee to the cost and takes both from cash', () => {
    const after = account().buy('AAPL', 10, '150.25', { fee: '1.5' });
    expect(held(after, 'AAPL')).toEqual(['10', '1504', '0']);
    expect(cash(after)).toBe('8496');
  });

  test('selling what is not held opens a short position and adds price less fee to cash', () => {
    const after = account().sell('AAPL', 10, 150, { fee: 2 });
    expect(held(after, 'AAPL')).toEqual(['-10', '-1498', '0']);
    expect(cash(after)).toBe('11498');
  });

  test('closing removes the position and keeps its profit in the portfolio, by currency', () => {
    const after = account()
      .buy('AAPL', 10, 150)
      .sell('AAPL', 10, 160, { fee: 1 })
      .sell('VOD.L', 100, 74, { currency: 'GBp' })
      .buy('VOD.L', 100, 70);
    expect(after.positions).toEqual([]);
    expect([realized(after), realized(after, 'GBp')]).toEqual(['99', '400']);
    expect([cash(after), cash(after, 'GBp')]).toEqual(['10099', '400']);
  });

  test('a trade past zero realizes profit on what was held and opens the rest', () => {
    const after = account().buy('AAPL', 10, 150).sell('AAPL', 25, 160);
    expect(held(after, 'AAPL')).toEqual(['-15', '-2400', '0']);
    expect(realized(after)).toBe('100');
  });

  test('keep the positions in the order in which they were opened', () => {
    const after = account()
      .buy('B', 1, 1)
      .buy('A', 1, 1)
      .buy('C', 1, 1)
      .sell('B', 3, 1)
      .sell('A', 1, 1)
      .buy('A', 1, 1);
    expect(after.positions.map(({ symbol }) => symbol)).toEqual(['B', 'C', 'A']);
  });

  test('open a position in their own currency, and are rejected in a currency other than that of the position', () => {
    const after = account().buy('SAP.DE', 5, 180, { currency: 'EUR' });
    expect(after.position('SAP.DE')!.currency).toBe('EUR');
    expect(cash(after, 'EUR')).toBe('-900');
    expect(cash(after.sell('SAP.DE', 5, 190), 'EUR')).toBe('50');
    const error = caught(() => after.sell('SAP.DE', 5, 190, { currency: 'USD' }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toBe(
      'Portfolio "p1".sell: currency of "SAP.DE": expected EUR, in which the position is held, got "USD".',
    );
  });

  test('are exact with any number of digits', () => {
    const after = account({ cash: {} }).buy('SHIB', '12345678901.000000000000000001', '0.000000000000000003');
    expect(held(after, 'SHIB')![1]).toBe('0.000000037037036703000000000000000003');
    expect(cash(after)).toBe('-0.000000037037036703000000000000000003');
  });
});

describe('splits', () => {
  test('2 for 1 doubles the quantity and keeps the cost', () => {
    const after = account().buy('AAPL', 10, 150).split('AAPL', { from: 1, to: 2 });
    expect(held(after, 'AAPL')).toEqual(['20', '1500', '0']);
    expect(cash(after)).toBe('8500');
  });

  test('1 for 10 divides the quantity by ten, also of a short position', () => {
    expect(held(account().buy('X', 100, 1).split('X', { from: 10, to: 1 }), 'X')).toEqual(['10', '100', '0']);
    expect(held(account().sell('X', 25, 4).split('X', { from: 10, to: 1 }), 'X')).toEqual([
      '-2.5',
      '-100',
      '0',
    ]);
  });

  test('that lead to an endless decimal are rejected, with the quantity and the remedy in the message', () => {
    const error = caught(() => account().buy('X', 10, 1).split('X', { from: 7, to: 3 }));
    expect(error.code).toBe('FRACTIONAL_SPLIT');
    expect(error.message).toBe(
      'Portfolio "p1".split: 10 × 3 / 7 of "X" has no end as a decimal; give cashInLieuPrice.',
    );
    expect(held(account().buy('X', 14, 1).split('X', { from: 7, to: 3 }), 'X')![0]).toBe('6');
  });

  test('with cash in lieu sell the fraction at that price and at average cost', () => {
    const after = account({ cash: {} }).buy('X', 15, 2).split('X', { from: 10, to: 1, cashInLieuPrice: 22 });
    // 1.5 new units cost 30; half a unit is sold for 11 and had cost 10.
    expect(held(after, 'X')).toEqual(['1', '20', '1']);
    expect([cash(after), realized(after)]).toEqual(['-19', '1']);
  });

  test('with cash in lieu buy back the fraction of a short position', () => {
    const after = account({ cash: {} }).sell('X', 15, 2).split('X', { from: 10, to: 1, cashInLieuPrice: 22 });
    expect(held(after, 'X')).toEqual(['-1', '-20', '-1']);
    expect([cash(after), realized(after)]).toEqual(['19', '-1']);
  });

  test('with cash in lieu of an endless fraction leave whole units, and cash and cost still agree', () => {
    const before = account({ cash: {} }).buy('X', 10, 7);
    const after = before.split('X', { from: 7, to: 3, cashInLieuPrice: 16 });
    expect(held(after, 'X')![0]).toBe('4');
    const proceeds = after.cash.get('USD')!.minus(before.cash.get('USD')!);
    const cost = after.position('X')!.costBasis;
    expect(after.realizedPnl.get('USD')!.toString()).toBe(
      proceeds.minus(before.position('X')!.costBasis.minus(cost)).trimmed().toString(),
    );
    expect(proceeds.toString()).toMatch(/^4\.571428571428571/);
  });

  test('with cash in lieu turn less than one unit into cash', () => {
    const after = account({ cash: {} }).buy('X', 5, 2).split('X', { from: 10, to: 1, cashInLieuPrice: 30 });
    expect(after.position('X')).toBeUndefined();
    expect([cash(after), realized(after)]).toEqual(['5', '5']);
  });

  test('that would leave a quantity too small to represent are rejected', () => {
    const dust = account().buy('X', '1e-18', 1);
    expect(caught(() => dust.split('X', { from: 10, to: 1 })).code).toBe('FRACTIONAL_SPLIT');
    expect(caught(() => dust.split('X', { from: 10, to: 1, cashInLieuPrice: 1 })).code).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test.each([
    ['a symbol that is not held', 'Y', { from: 1, to: 2 }],
    ['from 0', 'X', { from: 0, to: 2 }],
    ['to a negative', 'X', { from: 1, to: -2 }],
    ['a cash-in-lieu price of 0', 'X', { from: 1, to: 2, cashInLieuPrice: 0 }],
  ])('with %s are rejected', (_, symbol, ratio) => {
    expect(caught(() => account().buy('X', 1, 1).split(symbol, ratio)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('cash', () => {
  test('is deposited and withdrawn in any currency, also below zero', () => {
    const after = account().deposit('0.5').withdraw(20_000).deposit('7', 'JPY');
    expect([cash(after), cash(after, 'JPY')]).toEqual(['-9999.5', '7']);
  });

  test('can be withdrawn to the last digit that trades left', () => {
    const after = account({ cash: {} }).sell('X', '1.000000000000000001', '1.000000000000000001');
    const balance = after.cash.get('USD')!;
    expect(balance.scale).toBe(36);
    expect(cash(after.withdraw(balance))).toBe('0');
  });

  test.each([0, -1, NaN, '', 'x'])('is rejected in an amount of %j', (amount) => {
    expect(['INVALID_ARGUMENT', 'INVALID_DECIMAL']).toContain(caught(() => account().deposit(amount)).code);
    expect(['INVALID_ARGUMENT', 'INVALID_DECIMAL']).toContain(caught(() => account().withdraw(amount)).code);
  });

  test('is rejected in an unknown currency', () => {
    expect(caught(() => account().deposit(1, 'usd')).code).toBe('UNKNOWN_CURRENCY');
  });
});

describe('a portfolio', () => {
  const full = () =>
    account({ accountKind: 'margin', positions: [{ symbol: 'A', quantity: 3, costBasis: 10 }] })
      .sell('A', 1, 5)
      .sell('B', 2, '3.3', { currency: 'EUR' })
      .withVersion(7);

  test('is restored from its snapshot, also through JSON', () => {
    for (const snapshot of [full().toSnapshot(), JSON.parse(JSON.stringify(full())) as never]) {
      const again = Portfolio.fromSnapshot(snapshot);
      expect(plain(again)).toEqual(plain(full()));
      expect(again.version).toBe(7);
    }
  });

  test('is a new object after each change, and the old one and all it returned stay unchanged', () => {
    const before = full();
    const state = plain(before);
    const [positions, balances, profits] = [before.positions, before.cash, before.realizedPnl];
    (positions as unknown[]).length = 0;
    (balances as Map<string, Decimal>).clear();
    (profits as Map<string, Decimal>).set('USD', Decimal.ZERO);
    (before.toSnapshot().cash as Record<string, string>).USD = '1';
    before.buy('A', 1, 1).sell('C', 5, 1).deposit(1).withdraw(2).split('A', { from: 1, to: 2 });
    before.withPosition({ symbol: 'A', quantity: 1 });
    before.withoutPosition('A');
    before.withVersion(8);
    expect(plain(before)).toEqual(state);
  });

  test('and its positions are frozen', () => {
    expect(Object.isFrozen(full())).toBe(true);
    expect(full().positions.every(Object.isFrozen)).toBe(true);
  });

  test('does not change when its input object is changed later', () => {
    const input = { id: 'p', currency: 'USD', cash: { USD: 1 }, positions: [{ symbol: 'A', quantity: 1 }] };
    const portfolio = Portfolio.create(input);
    input.cash.USD = 9;
    input.positions[0]!.quantity = 9;
    input.positions.push({ symbol: 'B', quantity: 1 });
    expect(plain(portfolio)).toEqual(
      plain(
        Portfolio.create({
          id: 'p',
          currency: 'USD',
          cash: { USD: 1 },
          positions: [{ symbol: 'A', quantity: 1 }],
        }),
      ),
    );
  });

  test('sets and removes a holding without changing cash', () => {
    const after = account().withPosition({ symbol: 'A', quantity: '-2', costBasis: '-5' });
    expect([held(after, 'A'), cash(after)]).toEqual([['-2', '-5', '0'], '10000']);
    expect(after.withoutPosition('A').positions).toEqual([]);
    expect(after.withoutPosition('nothing').positions).toHaveLength(1);
  });

  test('is a cash account at version 0 by default', () => {
    expect([account().accountKind, account().version]).toEqual(['cash', 0]);
  });

  test('with the largest quantities is restored from its snapshot', () => {
    const most = '99999999999.999999999999999999';
    const wide = account({ cash: {} }).buy('X', most, most).sell('Y', most, most);
    expect(plain(Portfolio.fromSnapshot(wide.toSnapshot()))).toEqual(plain(wide));
    expect(caught(() => wide.buy('X', most, most)).code).toBe('OUT_OF_RANGE');
    expect(caught(() => wide.split('X', { from: 1, to: 2 })).code).toBe('OUT_OF_RANGE');
  });

  test.each<[string, Partial<PortfolioInput>, string]>([
    ['an empty id', { id: '' }, 'INVALID_ARGUMENT'],
    ['an id of 257 characters', { id: 'x'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['an unknown currency', { currency: 'usd' }, 'UNKNOWN_CURRENCY'],
    ['no currency', { currency: undefined as unknown as string }, 'UNKNOWN_CURRENCY'],
    ['an unknown account kind', { accountKind: 'savings' as 'cash' }, 'INVALID_ARGUMENT'],
    ['cash that is no number', { cash: { USD: NaN } }, 'INVALID_DECIMAL'],
    ['cash in an unknown currency', { cash: { usd: 1 } }, 'UNKNOWN_CURRENCY'],
    [
      'cash of __proto__',
      { cash: JSON.parse('{"__proto__":1}') as Record<string, number> },
      'UNKNOWN_CURRENCY',
    ],
    [
      'a symbol twice',
      {
        positions: [
          { symbol: 'A', quantity: 1 },
          { symbol: 'A', quantity: 2 },
        ],
      },
      'DUPLICATE_SYMBOL',
    ],
    ['a quantity of 30 digits', { positions: [{ symbol: 'A', quantity: '1'.repeat(30) }] }, 'OUT_OF_RANGE'],
  ])('with %s is rejected', (_, input, code) => {
    expect(caught(() => account(input)).code).toBe(code);
  });

  test.each([-1, 1.5, NaN, 2 ** 53])('rejects version %d', (version) => {
    expect(caught(() => account().withVersion(version)).code).toBe('INVALID_ARGUMENT');
    expect(caught(() => Portfolio.fromSnapshot({ ...account().toSnapshot(), version })).code).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test.each<[string, () => unknown, string, string]>([
    [
      'quantity 0',
      () => account().buy('A', 0, 1),
      'INVALID_ARGUMENT',
      'Portfolio "p1".buy: quantity: expected an amount above zero, got "0".',
    ],
    [
      'a negative quantity',
      () => account().sell('A', -5, 1),
      'INVALID_ARGUMENT',
      'Portfolio "p1".sell: quantity: expected an amount above zero, got "-5".',
    ],
    [
      'a price that is no number',
      () => account().buy('A', 1, NaN),
      'INVALID_DECIMAL',
      'Portfolio "p1".buy: price: expected a finite decimal such as 12.5 or "12.50", got NaN.',
    ],
    [
      'a malformed fee',
      () => account().buy('A', 1, 1, { fee: '1%' }),
      'INVALID_DECIMAL',
      'Portfolio "p1".buy: fee: expected a finite decimal such as 12.5 or "12.50", got "1%".',
    ],
    [
      'an empty symbol',
      () => account().buy('', 1, 1),
      'INVALID_ARGUMENT',
      'Portfolio "p1".buy: symbol: expected a string of 1 to 256 characters, got "".',
    ],
    [
      'an unknown currency',
      () => account().buy('A', 1, 1, { currency: 'eur' }),
      'UNKNOWN_CURRENCY',
      'Portfolio "p1".buy: currency: "eur" is not a known currency. Accepted are ISO 4217 codes, GBp, GBX, ZAc, ZAC, ILA, common crypto-assets, and what defineCurrency() was given.',
    ],
  ])(
    'rejects a trade with %s and says where, what was given and what is accepted',
    (_, trade, code, message) => {
      const error = caught(trade);
      expect([error.code, error.message]).toEqual([code, message]);
    },
  );

  test('quotes, escapes and cuts hostile names in messages', () => {
    const id = `${'\n\u0000'.repeat(100)}id`;
    for (const call of [
      () => account({ id, cash: { USD: 'x'.repeat(10_000) } }),
      () => account({ id }).buy('A', 'x'.repeat(10_000), 1),
      () => account({ id }).split('y'.repeat(10_000), { from: 1, to: 2 }),
      () => account({ id }).buy('\n'.repeat(200), 10, 1).split('\n'.repeat(200), { from: 7, to: 3 }),
    ]) {
      const { message } = caught(call);
      expect(message).not.toContain('\n');
      expect(message.length).toBeLessThan(330);
    }
    expect(account().buy('__proto__', 1, 1).position('__proto__')!.symbol).toBe('__proto__');
  });
});
