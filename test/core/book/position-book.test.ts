import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { SymbolTable } from '../../../src/core/prices/symbol-table.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { PortfolioInput } from '../../../src/core/portfolio/portfolio-input.js';
import { priceRecord } from '../../../src/core/portfolio/price-record.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { exitPrice, midPrice, type PricePolicy } from '../../../src/core/book/price-policy.js';
import { caught } from '../../oracle/caught.js';

const NOW = 1_700_000_000_000;

interface Setup {
  readonly book: PositionBook;
  readonly clock: FakeClock;
  /** Applies prices, at the time of the clock where they give none; returns how many were taken. */
  apply(...updates: ReadonlyArray<Partial<PriceUpdate> & { symbol: string; price: number | string }>): number;
  /** Computes the totals; returns the ids of the portfolios. */
  computed(): string[];
  /** A figure of the computed totals, as a string. */
  total(
    id: string,
    figure?: 'marketValue' | 'costBasis' | 'cash' | 'equity' | 'unrealizedPnl',
  ): string | null;
}

function setup(options: ConstructorParameters<typeof PositionBook>[0] = {}): Setup {
  const clock = new FakeClock({ now: NOW });
  const book = new PositionBook({ clock, fx: ['EUR/USD', 'USD/JPY'], ...options });
  return {
    book,
    clock,
    apply: (...updates) => {
      const now = clock.now();
      const batch = PriceChangedBatch.ofUpdates(
        updates.map((update) => ({ timestamp: now, ...update })),
        now,
        { allowNonPositive: true },
      );
      return book.applyPrices(batch).length;
    },
    computed: () => {
      const changed = book.computeTotals();
      return Array.from({ length: changed.length }, (_, i) => changed.id(i)).sort();
    },
    total: (id, figure = 'marketValue') => book.record(book.numberOf(id)!)![figure]?.toString() ?? null,
  };
}

function portfolio(
  id: string,
  positions: PortfolioInput['positions'],
  rest: Partial<PortfolioInput> = {},
): Portfolio {
  return Portfolio.create({ id, currency: 'USD', positions, ...rest });
}

const sap = { symbol: 'SAP', quantity: 10, averageCost: 90, currency: 'EUR' };
const aapl = { symbol: 'AAPL', quantity: 10, averageCost: 150 };

describe('computeTotals()', () => {
  test.each([
    { title: 'few', others: 200 },
    { title: 'many', others: 3 },
    { title: 'all', others: 0 },
  ])(
    'returns a portfolio once, whichever of its currencies were touched, among $title others',
    ({ others }) => {
      const { book, apply, computed } = setup();
      book.setPortfolio(portfolio('first', [aapl, sap], { cash: { JPY: 100 } }));
      for (let i = 0; i < others; i++)
        book.setPortfolio(portfolio(`o${i}`, [{ symbol: `O${i}`, quantity: 1 }]));
      book.setPortfolio(portfolio('last', [sap, aapl]));
      book.setPortfolio(portfolio('eur', [sap]));
      computed();
      // Where most positions move, all portfolios are looked at.
      const holders = () => computed().filter((id) => !id.startsWith('o'));
      apply({ symbol: 'SAP', price: 91 }, { symbol: 'AAPL', price: 151 });
      expect(holders()).toEqual(['eur', 'first', 'last']);
      apply({ symbol: 'SAP', price: 92 }, { symbol: 'AAPL', price: 152 }, { symbol: 'EUR/USD', price: 2 });
      expect(holders()).toEqual(['eur', 'first', 'last']);
      book.setPortfolio(portfolio('first', [aapl]));
      apply({ symbol: 'SAP', price: 93 }, { symbol: 'AAPL', price: 153 });
      expect(holders()).toEqual(['eur', 'first', 'last']);
      expect(computed()).toEqual([]);
    },
  );

  test('returns nothing of a removed portfolio, though another has its number now', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl, sap]));
    book.setPortfolio(portfolio('b', [aapl]));
    computed();
    apply({ symbol: 'AAPL', price: 160 });
    book.removePortfolio('a');
    book.setPortfolio(portfolio('c', [], { cash: { USD: 5 } }));
    book.setPortfolio(portfolio('d', [sap]));
    expect(computed()).toEqual(['b', 'c', 'd']);
    expect([total('b'), total('c', 'equity'), total('d')]).toEqual(['1600.00', '5.00', null]);
    expect(book.numberOf('a')).toBeUndefined();
  });

  test('returns what prices, rates and holdings have touched since the last call, and nothing else', () => {
    const { book, apply, computed } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    book.setPortfolio(portfolio('s', [sap]));
    for (const symbol of ['X', 'Y', 'Z']) book.setPortfolio(portfolio(symbol, [{ symbol, quantity: 1 }]));
    expect(computed()).toEqual(['X', 'Y', 'Z', 'a', 's']);
    expect(computed()).toEqual([]);
    apply({ symbol: 'AAPL', price: 160 });
    expect(computed()).toEqual(['a']);
    apply({ symbol: 'EUR/USD', price: '1.1' });
    expect(computed()).toEqual(['s']);
    book.setPortfolio(portfolio('X', []));
    expect(computed()).toEqual(['X']);
    apply({ symbol: 'NOBODY', price: 1 });
    expect(computed()).toEqual([]);
  });

  test('returns every touched portfolio once, also when a batch touches nearly all', () => {
    const { book, apply, computed } = setup();
    for (const id of ['a', 'b', 'c']) book.setPortfolio(portfolio(id, [aapl, sap]));
    computed();
    apply({ symbol: 'AAPL', price: 160 }, { symbol: 'SAP', price: 100 }, { symbol: 'EUR/USD', price: 1 });
    expect(computed()).toEqual(['a', 'b', 'c']);
    expect(computed()).toEqual([]);
  });

  test('returns a portfolio once when a price and a change of holdings touched it', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'AAPL', price: 160 });
    computed();
    apply({ symbol: 'AAPL', price: 161, timestamp: NOW + 1 });
    book.setPortfolio(portfolio('a', [{ ...aapl, quantity: 20 }]).withVersion(1));
    const { touched, changed } = book.computeTotals();
    expect([touched.length, changed.length]).toEqual([1, 1]);
    expect(total('a')).toBe('3220.00');
  });

  test('returns the versions and currencies of the holdings', () => {
    const { book } = setup();
    book.setPortfolio(portfolio('a', [aapl], { currency: 'EUR' }).withVersion(4));
    const changed = book.computeTotals();
    expect([
      changed.length,
      changed.id(0),
      changed.version(0),
      changed.currency(0),
      changed.isComplete(0),
    ]).toEqual([1, 'a', 4, 'EUR', false]);
    expect(book.versionOf('a')).toBe(4);
    expect(book.versionOf('b')).toBeUndefined();
  });

  test('returns nothing of a removed portfolio, whose number may be in use again', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    book.setPortfolio(portfolio('b', [aapl]));
    apply({ symbol: 'AAPL', price: 160 });
    expect(book.removePortfolio('a')).toBe(true);
    expect(book.removePortfolio('a')).toBe(false);
    expect([book.size, book.positionCount, book.has('a'), book.value('a')]).toEqual([1, 1, false, null]);
    expect(computed()).toEqual(['b']);
    book.setPortfolio(portfolio('c', [{ ...aapl, quantity: -1 }]));
    apply({ symbol: 'AAPL', price: 161 });
    expect(computed()).toEqual(['b', 'c']);
    expect([total('b'), total('c')]).toEqual(['1610.00', '-161.00']);
  });
});

describe('a rate', () => {
  test('alone revalues the values and cash that it converts, and leaves costs at the rate of then', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('s', [{ ...sap, baseCost: 990 }], { cash: { EUR: 100 } }));
    apply({ symbol: 'SAP', price: 100 }, { symbol: 'EUR/USD', price: '1.1' });
    computed();
    expect([total('s'), total('s', 'costBasis'), total('s', 'cash')]).toEqual([
      '1100.00',
      '990.00',
      '110.00',
    ]);
    apply({ symbol: 'EUR/USD', price: '1.2' });
    expect(computed()).toEqual(['s']);
    expect([total('s'), total('s', 'costBasis'), total('s', 'cash')]).toEqual([
      '1200.00',
      '990.00',
      '120.00',
    ]);
    expect(book.value('s')!.marketValue!.toString()).toBe('1200.00');
  });

  test('that is missing makes totals null, never zero or unconverted, and the currency is named', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('s', [sap, aapl], { cash: { EUR: 100, USD: 5 } }));
    apply({ symbol: 'SAP', price: 100 }, { symbol: 'AAPL', price: 160 });
    computed();
    expect([total('s'), total('s', 'costBasis'), total('s', 'cash'), total('s', 'equity')]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const value = book.value('s')!;
    const { positions } = value;
    expect([value.complete, value.unconverted, value.unpriced]).toEqual([false, ['EUR'], []]);
    expect(value.priced.marketValue.toString()).toBe('1600.00');
    expect([
      positions[0]!.marketValue,
      positions[0]!.fx,
      positions[0]!.local.marketValue!.toString(),
    ]).toEqual([null, null, '1000']);
    expect(book.record(book.numberOf('s')!)!.priced.marketValue.toString()).toBe('1600.00');
  });

  test('older than fxMaxAgeMs counts as missing, and the portfolios that it converted are computed again', async () => {
    const { book, clock, apply, computed, total } = setup({ fxMaxAgeMs: 10_000 });
    book.setPortfolio(portfolio('s', [sap]));
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'SAP', price: 100 }, { symbol: 'AAPL', price: 1 }, { symbol: 'EUR/USD', price: '1.1' });
    computed();
    await clock.advance(10_000);
    expect(computed()).toEqual([]);
    expect(total('s')).toBe('1100.00');
    await clock.advance(1);
    expect(computed()).toEqual(['s']);
    expect([total('s'), total('s', 'costBasis')]).toEqual([null, null]);
    expect(book.value('s')!).toMatchObject({
      complete: false,
      unconverted: ['EUR'],
      marketValue: null,
    });
    expect(computed()).toEqual([]);
    apply({ symbol: 'EUR/USD', price: '1.1' });
    expect(computed()).toEqual(['s']);
    expect(total('s')).toBe('1100.00');
  });

  test('renewed in time does not expire', async () => {
    const { book, clock, apply, computed, total } = setup({ fxMaxAgeMs: 10_000 });
    book.setPortfolio(portfolio('s', [sap]));
    apply({ symbol: 'SAP', price: 100 }, { symbol: 'EUR/USD', price: '1.1' });
    await clock.advance(9_000);
    apply({ symbol: 'EUR/USD', price: '1.1' });
    computed();
    await clock.advance(9_000);
    expect(computed()).toEqual([]);
    expect(total('s')).toBe('1100.00');
  });

  test('over two pairs is as old as its older leg', async () => {
    const { book, clock, apply, computed, total } = setup({ fxMaxAgeMs: 10_000 });
    book.setPortfolio(portfolio('s', [sap], { currency: 'JPY' }));
    apply({ symbol: 'SAP', price: 100 }, { symbol: 'EUR/USD', price: '1.1' });
    await clock.advance(6_000);
    apply({ symbol: 'USD/JPY', price: 150 });
    computed();
    expect(total('s')).toBe('165000');
    expect(book.value('s')!.positions[0]!.fx).toMatchObject({
      path: ['EUR/USD', 'USD/JPY'],
      asOf: NOW,
      ageMs: 6_000,
    });
    await clock.advance(4_001);
    expect(computed()).toEqual(['s']);
    expect(total('s')).toBeNull();
  });

  test('by sides is the bid for what is held and the ask for what is owed, direct and inverse', () => {
    const { book, apply, computed, total } = setup({ fxPolicy: 'sides' });
    book.setPortfolio(portfolio('long', [sap]));
    book.setPortfolio(portfolio('short', [{ ...sap, quantity: -10 }]));
    book.setPortfolio(portfolio('inverse long', [aapl], { currency: 'EUR' }));
    book.setPortfolio(portfolio('inverse short', [{ ...aapl, quantity: -10 }], { currency: 'EUR' }));
    apply({ symbol: 'SAP', price: 100, currency: 'EUR' }, { symbol: 'AAPL', price: 106, currency: 'USD' });
    apply({ symbol: 'EUR/USD', price: '1.1', bid: '1', ask: '1.25' });
    computed();
    expect(['long', 'short', 'inverse long', 'inverse short'].map((id) => total(id))).toEqual([
      '1000.00',
      '-1250.00',
      '848.00',
      '-1060.00',
    ]);
    expect(book.value('short')!.marketValue!.toString()).toBe('-1250.00');
  });

  test('whose bid or ask is not above zero uses its last price, and the rest of the batch is applied', () => {
    const { book, apply, computed, total } = setup({ fxPolicy: 'sides' });
    book.setPortfolio(portfolio('s', [sap]));
    expect(
      apply({ symbol: 'EUR/USD', price: '1.1', bid: '0', ask: '-1' }, { symbol: 'SAP', price: 100 }),
    ).toBe(2);
    computed();
    expect(total('s')).toBe('1100.00');
  });

  test('that is not above zero is ignored, and the one before stays', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('s', [sap]));
    apply({ symbol: 'EUR/USD', price: '1.1' }, { symbol: 'SAP', price: 100 });
    apply({ symbol: 'EUR/USD', price: '0', timestamp: NOW + 1 });
    computed();
    expect(total('s')).toBe('1100.00');
  });
});

describe('a price', () => {
  test('that is missing makes the totals null, never zero, and its symbol is named', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(
      portfolio('a', [aapl, { symbol: 'MSFT', quantity: 1, averageCost: 10 }], { cash: { USD: 7 } }),
    );
    apply({ symbol: 'AAPL', price: 160 });
    computed();
    expect([total('a'), total('a', 'unrealizedPnl'), total('a', 'equity'), total('a', 'cash')]).toEqual([
      null,
      null,
      null,
      '7.00',
    ]);
    expect(total('a', 'costBasis')).toBe('1510.00');
    const value = book.value('a')!;
    const { positions } = value;
    expect([value.complete, value.unpriced, value.longExposure, value.dayPnl]).toEqual([
      false,
      ['MSFT'],
      null,
      null,
    ]);
    expect(value.priced.unrealizedPnl.toString()).toBe('100.00');
    expect([
      positions[1]!.grade,
      positions[1]!.price,
      positions[1]!.marketValue,
      positions[1]!.weight,
    ]).toEqual(['missing', null, null, null]);
    apply({ symbol: 'MSFT', price: 12 });
    computed();
    expect([total('a'), total('a', 'equity')]).toEqual(['1612.00', '1619.00']);
  });

  test('older than the known one of its symbol is ignored', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    expect(apply({ symbol: 'AAPL', price: 160, timestamp: NOW })).toBe(1);
    expect(
      apply({ symbol: 'AAPL', price: 1, timestamp: NOW - 1 }, { symbol: 'MSFT', price: 1, timestamp: 0 }),
    ).toBe(1);
    computed();
    expect(total('a')).toBe('1600.00');
  });

  test('of an equal time is ordered by arrival, where it is given', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [{ ...aapl, quantity: 1 }]));
    const at = (price: number, receivedAt?: number) => apply({ symbol: 'AAPL', price, receivedAt });
    expect([at(1, NOW + 5), at(2, NOW + 4), at(3, NOW + 5), at(4, NOW + 6), at(5)]).toEqual([1, 0, 1, 1, 0]);
    computed();
    expect(total('a')).toBe('4.00');
  });

  test('that comes twice in a batch counts as the later one', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    expect(
      apply(
        { symbol: 'AAPL', price: 1 },
        { symbol: 'AAPL', price: 3, timestamp: NOW + 2 },
        { symbol: 'AAPL', price: 2, timestamp: NOW + 1 },
      ),
    ).toBe(2);
    computed();
    expect(total('a')).toBe('30.00');
  });

  test('in another currency than the cost is converted from that currency', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(
      portfolio('v', [{ symbol: 'VOD', quantity: 1000, averageCost: '0.7', currency: 'GBP' }], {
        currency: 'GBP',
      }),
    );
    apply({ symbol: 'VOD', price: '74.5', currency: 'GBp' });
    computed();
    expect([total('v'), total('v', 'unrealizedPnl')]).toEqual(['745.00', '45.00']);
    apply({ symbol: 'VOD', price: '0.8', currency: 'GBP', timestamp: NOW + 1 });
    expect(computed()).toEqual(['v']);
    expect(total('v')).toBe('800.00');
  });

  test('whose currency changes within a batch moves nothing else twice', () => {
    const { book, apply, computed, total } = setup();
    const vod = { symbol: 'VOD', quantity: 1000, averageCost: '0.7', currency: 'USD' };
    book.setPortfolio(portfolio('p', [aapl, vod]));
    apply({ symbol: 'AAPL', price: 100 }, { symbol: 'VOD', price: 1 }, { symbol: 'EUR/USD', price: 2 });
    computed();
    expect(total('p')).toBe('2000.00');
    apply(
      { symbol: 'AAPL', price: 110, timestamp: NOW + 1 },
      { symbol: 'VOD', price: 1, currency: 'EUR', timestamp: NOW + 1 },
    );
    computed();
    expect(total('p')).toBe('3100.00');
  });

  test('is applied with the rest of its batch though the policy and onError throw', () => {
    const policy: PricePolicy = {
      name: 'own',
      choose: (quote) => {
        if (quote.symbol === 'BAD') throw new Error('policy');
        return { price: quote.last, kind: 'last' };
      },
    };
    const onError = (error: Error) => {
      throw error;
    };
    const { book, apply, computed, total } = setup({ policy, onError });
    book.setPortfolio(portfolio('before', [aapl]));
    expect(apply({ symbol: 'BAD', price: 1 }, { symbol: 'AAPL', price: 100 })).toBe(2);
    book.setPortfolio(portfolio('after', [aapl]));
    computed();
    expect([total('before'), total('after')]).toEqual(['1000.00', '1000.00']);
  });

  test('has the details that came with it, and none of an earlier one', () => {
    const { book, apply } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'AAPL', price: 160, previousClose: 150 });
    expect(book.value('a')!.dayPnl!.toString()).toBe('100.00');
    apply({ symbol: 'AAPL', price: 155, timestamp: NOW + 1 });
    expect(book.value('a')!.dayPnl).toBeNull();
  });

  test('at either end of the range is exact, one after the other', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [{ symbol: 'X', quantity: 1 }]));
    const most = '9007199254740991';
    [most, `-${most}`, '90071992.54740991', `-${most}`, '0', '0.00000001', most].forEach((price, i) => {
      apply({ symbol: 'X', price, timestamp: NOW + i });
      computed();
      expect(total('a')).toBe(Decimal.from(price).rounded(2).toString());
    });
  });
});

describe('totals', () => {
  test('are exact past 2^53, and when they come back below it', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [{ symbol: 'X', quantity: '99999999999999999999999999999' }]));
    apply({ symbol: 'X', price: '9007199254740991' });
    computed();
    expect(total('a')).toBe('900719925474099099999999999990992800745259009.00');
    apply({ symbol: 'X', price: '0.00000001', timestamp: NOW + 1 });
    computed();
    expect(total('a')).toBe('1000000000000000000000.00');
    book.setPortfolio(portfolio('a', [{ symbol: 'X', quantity: 1 }]));
    computed();
    expect(total('a')).toBe('0.00');
  });

  test('are exact where an intermediate sum is past 2^53 though the total is not', () => {
    const { book, apply, computed, total } = setup({ fx: ['EUR/USD', 'GBP/USD'] });
    const cash = { USD: '90071992547409.91', EUR: '90071992547409.90', GBP: '-90071992547409.91' };
    for (const [i, order] of [
      ['USD', 'EUR', 'GBP'],
      ['GBP', 'EUR', 'USD'],
      ['EUR', 'USD', 'GBP'],
    ].entries()) {
      const parts = order.map((code) => [code, cash[code as keyof typeof cash]] as const);
      book.setPortfolio(portfolio(`p${i}`, [], { cash: Object.fromEntries(parts) }));
    }
    apply({ symbol: 'EUR/USD', price: 1 }, { symbol: 'GBP/USD', price: 1 });
    computed();
    expect([total('p0', 'cash'), total('p1', 'cash'), total('p2', 'cash')]).toEqual(
      Array(3).fill('90071992547409.90'),
    );
  });

  test('count shares with their worth, and futures with their open profit', () => {
    const { book, apply, computed, total } = setup();
    const instruments = { AAPL: { symbol: 'AAPL', currency: 'USD', valuationMethod: 'futures' as const } };
    book.setPortfolio(portfolio('c', [aapl], { cash: { USD: 100 } }));
    book.setPortfolio(portfolio('m', [aapl], { cash: { USD: 100 }, instruments }));
    apply({ symbol: 'AAPL', price: 160 });
    computed();
    expect([total('c', 'equity'), total('m', 'equity')]).toEqual(['1700.00', '200.00']);
  });

  test('of an empty portfolio are zero and complete', () => {
    const { book, computed } = setup();
    book.setPortfolio(portfolio('e', []));
    computed();
    expect(JSON.parse(JSON.stringify(book.record(book.numberOf('e')!)))).toMatchObject({
      marketValue: '0.00',
      costBasis: '0.00',
      cash: '0.00',
      equity: '0.00',
      complete: true,
      priceTime: 0,
    });
  });

  test('carry the version, the newest price time, the oldest receipt and until when they are live', () => {
    const { book, apply, computed } = setup({ staleAfter: 1000, fxMaxAgeMs: 500 });
    book.setPortfolio(portfolio('s', [sap, aapl]).withVersion(3));
    apply(
      { symbol: 'SAP', price: 100, timestamp: NOW - 5, receivedAt: NOW - 4 },
      { symbol: 'AAPL', price: 1, timestamp: NOW - 7, receivedAt: NOW - 6 },
      { symbol: 'EUR/USD', price: 1, timestamp: NOW - 11, receivedAt: NOW - 10 },
    );
    computed();
    const record = book.record(book.numberOf('s')!)!;
    expect([record.version, record.priceTime, record.receivedAt, record.liveUntil, record.valuedAt]).toEqual([
      3,
      NOW - 5,
      NOW - 10,
      NOW + 490,
      NOW,
    ]);
    expect([record.unpriced, record.unconverted]).toEqual([[], []]);
    expect(book.record(99)).toBeUndefined();
  });

  test('name the symbols without a price and the currencies without a rate', () => {
    const { book, computed } = setup();
    book.setPortfolio(portfolio('s', [sap, aapl], { cash: { JPY: 5 } }));
    computed();
    const { complete, unpriced, unconverted } = book.record(book.numberOf('s')!)!;
    expect([complete, unpriced, unconverted]).toEqual([false, ['SAP', 'AAPL'], ['EUR', 'JPY']]);
  });

  test('are in the order of what was seen: prices, gaps and rates of all pairs', () => {
    const { book, apply, computed } = setup();
    book.setPortfolio(portfolio('s', [aapl]));
    const order = () => {
      computed();
      return book.record(book.numberOf('s')!)!.priceOrder;
    };
    const orders = [order()];
    const step = (change: () => unknown) => {
      change();
      orders.push(order());
    };
    step(() => apply({ symbol: 'AAPL', price: 1, timestamp: NOW, receivedAt: NOW }));
    step(() => apply({ symbol: 'AAPL', price: 1, timestamp: NOW, receivedAt: NOW + 1 }));
    step(() => apply({ symbol: 'USD/JPY', price: 150, timestamp: NOW }));
    step(() => book.takeGap(['AAPL'], 1000 * (NOW + 2)));
    step(() => book.takeGap(['USD/JPY'], 1000 * (NOW + 2)));
    step(() => apply({ symbol: 'AAPL', price: 1, timestamp: NOW + 1, receivedAt: NOW - 9 }));
    expect(orders).toEqual([...new Set(orders)].sort());
    apply({ symbol: 'OTHER', price: 1 });
    expect(order()).toBe(orders.at(-1));
  });
});

describe('a price policy', () => {
  test('"exit" values long positions at the bid and short ones at the ask', () => {
    const { book, apply, computed, total } = setup({ policy: exitPrice });
    book.setPortfolio(portfolio('long', [{ symbol: 'X', quantity: 10 }]));
    book.setPortfolio(portfolio('short', [{ symbol: 'X', quantity: -10 }]));
    apply({ symbol: 'X', price: 100, bid: 99, ask: 102 });
    computed();
    expect([total('long'), total('short')]).toEqual(['990.00', '-1020.00']);
    apply({ symbol: 'X', price: 100, timestamp: NOW + 1 });
    expect(computed()).toEqual(['long', 'short']);
    expect([total('long'), total('short')]).toEqual(['1000.00', '-1000.00']);
  });

  test('that returns no price leaves the position unpriced until it returns one', () => {
    const onlyQuoted: PricePolicy = {
      name: 'quoted',
      choose: (quote) => (quote.bid ? { price: quote.bid, kind: 'bid' } : null),
    };
    const { book, apply, computed, total } = setup({ policy: onlyQuoted });
    book.setPortfolio(portfolio('a', [aapl]));
    for (const [i, bid] of [undefined, 99, undefined, 98].entries()) {
      apply({ symbol: 'AAPL', price: 100, bid, timestamp: NOW + i });
      expect(computed()).toEqual(['a']);
      expect(total('a')).toBe(bid === undefined ? null : `${bid * 10}.00`);
      expect(book.value('a')!.unpriced).toEqual(bid === undefined ? ['AAPL'] : []);
    }
  });

  test('that returns a price with more digits than the book holds counts with those that it holds (field-faults, section 5)', () => {
    const { book, apply, computed, total } = setup({ policy: midPrice });
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'AAPL', price: 1, bid: '9007199254740990', ask: '9007199254740991' });
    computed();
    expect(total('a')).toBe('90071992547409900.00');
    expect(book.value('a')!).toMatchObject({ complete: true, unpriced: [] });
    apply({
      symbol: 'AAPL',
      price: 1,
      bid: '1.234567890123455',
      ask: '1.234567890123456',
      timestamp: NOW + 1,
    });
    computed();
    expect(book.value('a')!.positions[0]!.price!.price.toString()).toBe('1.234567890123456');
  });

  test('that returns a price too large for the book leaves the position unpriced, in totals and rows', () => {
    const policy: PricePolicy = {
      name: 'huge',
      choose: () => ({ price: Decimal.from('90071992547409920'), kind: 'last' }),
    };
    const { book, apply, computed, total } = setup({ policy });
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'AAPL', price: 1 });
    computed();
    expect(total('a')).toBeNull();
    expect(book.value('a')!).toMatchObject({ marketValue: null, complete: false, unpriced: ['AAPL'] });
  });
});

describe('stored prices', () => {
  const at = NOW - 86_400_000;
  const record = priceRecord({ symbol: 'AAPL', price: '140.5', timestamp: at, receivedAt: at });

  test('value positions until a stream brings prices, with their age and graded stale', () => {
    const { book, apply, computed, total } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    expect(book.restorePrices([{ ...record, previousClose: Decimal.from(140) }])).toBe(1);
    computed();
    expect(total('a')).toBe('1405.00');
    const value = book.value('a')!;
    const { positions } = value;
    expect(positions[0]!.price).toMatchObject({
      kind: 'stored',
      source: 'store',
      grade: 'stale',
      ageMs: 86_400_000,
    });
    expect([
      value.livePricedShare!.toString(),
      value.pricedShare!.toString(),
      value.dayPnl!.toString(),
    ]).toEqual(['0.000000', '1.000000', '5.00']);
    expect(apply({ symbol: 'AAPL', price: 130, timestamp: at - 1 })).toBe(0);
    expect(apply({ symbol: 'AAPL', price: 130, timestamp: at })).toBe(1);
    expect(book.value('a')!.positions[0]!.price).toMatchObject({
      kind: 'last',
      source: 'stream',
      grade: 'live',
    });
  });

  test('never replace a newer price from a stream', () => {
    const { book, apply } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    apply({ symbol: 'AAPL', price: 130 });
    expect(book.restorePrices([{ ...record, timestamp: NOW + 5 }])).toBe(0);
    expect(book.value('a')!.positions[0]!.price!.kind).toBe('last');
  });

  test('of a pair keep their age: a rate from yesterday is not a fresh one', () => {
    const { book, computed, total } = setup({ fxMaxAgeMs: 60_000 });
    book.setPortfolio(portfolio('s', [], { cash: { EUR: 1 } }));
    book.restorePrices([
      priceRecord({ symbol: 'EUR/USD', price: '1.1', timestamp: NOW - 60_001, receivedAt: NOW - 60_001 }),
    ]);
    computed();
    expect(total('s', 'cash')).toBeNull();
    const { book: other, computed: compute, total: figure } = setup({ fxMaxAgeMs: 60_000 });
    other.setPortfolio(portfolio('s', [], { cash: { EUR: 1 } }));
    other.restorePrices([
      priceRecord({ symbol: 'EUR/USD', price: '1.1', timestamp: NOW - 60_000, receivedAt: NOW - 60_000 }),
    ]);
    compute();
    expect(figure('s', 'cash')).toBe('1.10');
  });
});

describe('a book', () => {
  test('lists the symbols that it needs', () => {
    const { book } = setup();
    book.setPortfolio(portfolio('a', [aapl]));
    expect(book.neededSymbols().sort()).toEqual(['AAPL', 'EUR/USD', 'USD/JPY']);
    book.removePortfolio('a');
    expect(book.neededSymbols().sort()).toEqual(['EUR/USD', 'USD/JPY']);
  });

  test('reads batches with any symbol table, its own and others in turn', () => {
    const symbols = new SymbolTable();
    const { book, computed, total } = setup({ symbols });
    book.setPortfolio(portfolio('a', [aapl]));
    const tables = [symbols, new SymbolTable(), new SymbolTable()];
    tables[1]!.idOf('OTHER');
    tables.forEach((table, i) => {
      const batch = new PriceChangedBatch(`b${i}`, NOW, table, 1);
      batch.symbolIds[0] = table.idOf('AAPL');
      batch.prices.setPrice(0, 100 + i);
      batch.prices.timestamps[0] = NOW + i;
      expect(book.applyPrices(batch, 'x')).toHaveLength(1);
      computed();
      expect(total('a')).toBe(`${1000 + 10 * i}.00`);
    });
  });

  test('keeps positions in the order given', () => {
    const { book } = setup();
    const positions = [
      { symbol: 'Z', quantity: '-1.000000000000000001', costBasis: '-123456789012345678901234567890.5' },
      {
        symbol: 'A',
        quantity: '99999999999999999999999999999',
        costBasis: '0.00000000000000000000000000000000001',
        currency: 'EUR',
      },
    ];
    book.setPortfolio(portfolio('a', positions));
    const shown = book.value('a')!.positions.map(({ symbol, quantity, local }) => {
      return [symbol, quantity.toString(), local.costBasis?.toString(), local.currency];
    });
    expect(shown).toEqual([
      ['Z', '-1.000000000000000001', '-123456789012345678901234567890.5', 'USD'],
      ['A', '99999999999999999999999999999', '0.00000000000000000000000000000000001', 'EUR'],
    ]);
  });

  test.each<[string, object]>([
    ['an fxMaxAgeMs that is no number', { fxMaxAgeMs: NaN }],
    ['an fxMaxAgeMs below 0', { fxMaxAgeMs: -1 }],
    ['an unknown fxPolicy', { fxPolicy: 'mid' }],
    ['a staleAfter that is no number', { staleAfter: NaN }],
    ['a pair that is none', { fx: ['EUR'] }],
  ])('with %s is rejected', (_, options) => {
    expect(caught(() => new PositionBook(options)).code).toBe('INVALID_ARGUMENT');
  });
});
