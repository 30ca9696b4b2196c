import { unsavedChanges } from '../../../src/core/portfolio/saving/unsaved-changes.js';
import { describe, expect, test } from 'vitest';
import { InstrumentCatalog } from '../../../src/core/instruments/instrument-catalog.js';
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
    position && [
      position.quantity.toString(),
      String(position.costBasis?.toString()),
      String(position.realizedPnl?.toString()),
    ]
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

  test('closing removes the position and keeps its profit in the portfolio, by currency; pence count as pounds', () => {
    const after = account()
      .buy('AAPL', 10, 150)
      .sell('AAPL', 10, 160, { fee: 1 })
      .sell('VOD.L', 100, 74, { currency: 'GBp' })
      .buy('VOD.L', 100, 70);
    expect(after.positions).toEqual([]);
    expect([...after.realizedPnl.keys()]).toEqual(['USD', 'GBP']);
    expect([realized(after), realized(after, 'GBP')]).toEqual(['99', '4']);
    expect([cash(after), cash(after, 'GBP'), cash(after, 'GBp')]).toEqual(['10099', '4', undefined]);
  });

  test('a trade past zero realizes profit on what was held and opens the rest', () => {
    const after = account().buy('AAPL', 10, 150).sell('AAPL', 25, 160);
    expect(held(after, 'AAPL')).toEqual(['-15', '-2400', '100']);
    expect(realized(after)).toBe('100');
  });

  test('realized profit is summed by currency, not listed where it is 0, and null where a cost is unknown', () => {
    const flat = account().buy('A', 1, 5).sell('A', 1, 5);
    expect([...flat.realizedPnl]).toEqual([]);
    const two = flat.buy('B', 1, 5).sell('B', 1, 7).buy('C', 1, 5).sell('C', 1, 8);
    expect([...two.realizedPnl].map(String)).toEqual(['USD,5']);
    const unknown = account({ positions: [{ symbol: 'A', quantity: 2, costBasis: null }] }).sell('A', 1, 5);
    expect([...unknown.realizedPnl]).toEqual([['USD', null]]);
    expect([...unknown.buy('B', 1, 1).sell('B', 1, 3).realizedPnl]).toEqual([['USD', null]]);
  });

  test('keep the positions in the order of their first entries', () => {
    const after = account()
      .buy('B', 1, 1)
      .buy('A', 1, 1)
      .buy('C', 1, 1)
      .sell('B', 3, 1)
      .sell('A', 1, 1)
      .buy('A', 1, 1);
    expect(after.positions.map(({ symbol }) => symbol)).toEqual(['B', 'A', 'C']);
  });

  test('open a position in their own currency, and are rejected in a currency other than that of the position', () => {
    const after = account().buy('SAP.DE', 5, 180, { currency: 'EUR' });
    expect(after.position('SAP.DE')!.currency).toBe('EUR');
    expect(cash(after, 'EUR')).toBe('-900');
    expect(cash(after.sell('SAP.DE', 5, 190), 'EUR')).toBe('50');
    const error = caught(() => after.sell('SAP.DE', 5, 190, { currency: 'USD' }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(
      /^Entry "[^"]+" \(sell\): currency: expected EUR, in which the position is held, got "USD"\.$/,
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
    expect(error.message).toMatch(
      /^Entry "[^"]+" \(split\): 10 × 3 \/ 7 units have no end as a decimal; give cashInLieuPrice\.$/,
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
    const cost = after.position('X')!.costBasis!;
    expect(after.realizedPnl.get('USD')!.toString()).toBe(
      proceeds.minus(before.position('X')!.costBasis!.minus(cost)).trimmed().toString(),
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
    account({
      costMethod: 'fifo',
      tags: { desk: 'Rates' },
      instruments: [
        { symbol: 'B', currency: 'EUR', multiplier: 10, name: 'Ten', tags: { sector: 'Energy' } },
      ],
      positions: [{ symbol: 'A', quantity: 3, costBasis: 10 }],
    })
      .sell('A', 1, 5, { id: 's1', at: 1000 })
      .sell('B', 2, '3.3', { id: 's2', at: 2000, rates: { EUR: '1.1' }, settlesAt: 3000 })
      .withVersion(7);

  test('is restored from its snapshot, also through JSON', () => {
    for (const snapshot of [full().toSnapshot(), JSON.parse(JSON.stringify(full())) as never]) {
      const again = Portfolio.fromSnapshot(snapshot);
      expect(plain(again)).toEqual(plain(full()));
      expect(again.version).toBe(7);
      expect([again.costMethod, again.tags]).toEqual(['fifo', { desk: 'Rates' }]);
      expect(again.position('B')!.instrument.toJSON()).toEqual(full().position('B')!.instrument.toJSON());
      expect(held(again, 'B')).toEqual(['-2', '-66', '0']);
    }
  });

  test('lists in its snapshot the instruments of its symbols alone, also of what a merger made of them', () => {
    const instruments = ['A', 'B', 'C'].map((symbol) => ({ symbol, currency: 'USD', multiplier: 2 }));
    const { instruments: listed } = account({ instruments })
      .buy('A', 1, 1)
      .buy('plain', 1, 1)
      .apply({ id: 'm', at: Date.now() + 1000, type: 'rename', symbol: 'A', into: 'B' })
      .toSnapshot();
    expect(listed.map(({ symbol }) => symbol)).toEqual(['A', 'B']);
  });

  test('can be given other instruments: the same ledger is replayed with them', () => {
    const before = account().buy('OPT', 2, 3, { id: 'o', at: 5 }).withVersion(4);
    const after = before.withInstruments([{ symbol: 'OPT', currency: 'USD', multiplier: 100 }]);
    expect([held(before, 'OPT')![1], held(after, 'OPT')![1]]).toEqual(['6', '600']);
    expect([cash(after), after.version, after.entries]).toEqual(['9400', 4, before.entries]);
  });

  test('is a new object after each change, and the old one and all it returned stay unchanged', () => {
    const before = full();
    const state = plain(before);
    const [positions, balances, profits] = [before.positions, before.cash, before.realizedPnl];
    const [entries, lots] = [before.entries, before.position('A')!.lots];
    (positions as unknown[]).length = 0;
    (entries as unknown[]).length = 0;
    expect(() => ((before.entries[0] as { at: number }).at = 9)).toThrow(TypeError);
    expect(() => ((before.tags as Record<string, string>).desk = 'x')).toThrow(TypeError);
    (balances as Map<string, Decimal>).clear();
    (profits as Map<string, Decimal>).set('USD', Decimal.ZERO);
    (before.toSnapshot().entries as unknown[]).length = 0;
    before.buy('A', 1, 1).sell('C', 5, 1).deposit(1).withdraw(2).split('A', { from: 1, to: 2 });
    before.withPosition({ symbol: 'A', quantity: 1 });
    before.withoutPosition('A');
    before.withVersion(8);
    before.apply({ id: 'early', at: 500, type: 'withdrawal', amount: 1, currency: 'USD' });
    expect(plain(before)).toEqual(state);
    expect(positions).toEqual([]);
    expect([held(before, 'A'), lots.length]).toEqual([
      ['2', '6.666666666666666667', '1.666666666666666667'],
      1,
    ]);
  });

  test('does not change when its catalog is changed later', () => {
    const catalog = new InstrumentCatalog([{ symbol: 'X', currency: 'USD', multiplier: 2 }]);
    const before = account({ instruments: catalog }).buy('X', 1, 10, { id: 'b', at: 2000 });
    catalog.set({ symbol: 'X', currency: 'USD', multiplier: 3 });
    const again = Portfolio.fromSnapshot(before.toSnapshot());
    const late = before.deposit(1, 'USD', { at: 1000 });
    expect([before, again, late].map((each) => held(each, 'X')![1])).toEqual(['20', '20', '20']);
  });

  test('cannot be changed through the lots of a position', () => {
    const before = full();
    expect(() => ((before.position('A')!.lots as unknown[]).length = 0)).toThrow(TypeError);
    expect(held(before, 'A')![0]).toBe('2');
  });

  test('is frozen', () => {
    expect(Object.isFrozen(full())).toBe(true);
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
    const again = after.withPosition({ symbol: 'A', quantity: 7, averageCost: 2 });
    expect([held(again, 'A'), cash(again)]).toEqual([['7', '14', '0'], '10000']);
    expect(after.withoutPosition('A').positions).toEqual([]);
    expect(after.withoutPosition('nothing').positions).toHaveLength(1);
  });

  test('has version 0, average cost and no tags by default', () => {
    expect([account().version, account().costMethod, account().tags]).toEqual([0, 'average', {}]);
  });

  test('with the largest quantities is restored from its snapshot', () => {
    const most = '99999999999.999999999999999999';
    const wide = account({ cash: {} }).buy('X', most, most).sell('Y', most, most).buy('X', most, most);
    expect(held(Portfolio.fromSnapshot(wide.toSnapshot()), 'X')).toEqual(held(wide, 'X'));
    expect(plain(Portfolio.fromSnapshot(wide.toSnapshot()))).toEqual(plain(wide));
  });

  test.each<[string, Partial<PortfolioInput>, string]>([
    ['an empty id', { id: '' }, 'INVALID_ARGUMENT'],
    ['an id of 257 characters', { id: 'x'.repeat(257) }, 'INVALID_ARGUMENT'],
    ['an unknown currency', { currency: 'usd' }, 'UNKNOWN_CURRENCY'],
    ['no currency', { currency: undefined as unknown as string }, 'UNKNOWN_CURRENCY'],
    ['an unknown cost method', { costMethod: 'savings' as 'fifo' }, 'INVALID_ARGUMENT'],
    ['rates that are not above 0', { cash: { EUR: 1 }, rates: { EUR: 0 } }, 'INVALID_ARGUMENT'],
    ['a time without a zone', { cash: { EUR: 1 }, at: '2026-03-02T09:00:00' }, 'INVALID_ARGUMENT'],
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

  const id = { id: 't' };
  test.each<[string, () => unknown, string, string]>([
    [
      'quantity 0',
      () => account().buy('A', 0, 1, id),
      'INVALID_ARGUMENT',
      'Entry "t": quantity: expected a number above zero, got "0".',
    ],
    [
      'a negative quantity',
      () => account().sell('A', -5, 1, id),
      'INVALID_ARGUMENT',
      'Entry "t": quantity: expected a number above zero, got "-5".',
    ],
    [
      'a price that is no number',
      () => account().buy('A', 1, NaN, id),
      'INVALID_DECIMAL',
      'Entry "t": price: expected a finite decimal such as 12.5 or "12.50", got NaN.',
    ],
    [
      'a malformed fee',
      () => account().buy('A', 1, 1, { ...id, fee: '1%' }),
      'INVALID_DECIMAL',
      'Entry "t": fee: expected a finite decimal such as 12.5 or "12.50", got "1%".',
    ],
    [
      'an empty symbol',
      () => account().buy('', 1, 1, id),
      'INVALID_ARGUMENT',
      'Entry "t": symbol: expected a string of 1 to 256 characters, got "".',
    ],
    [
      'an unknown currency',
      () => account().buy('A', 1, 1, { ...id, currency: 'eur' }),
      'UNKNOWN_CURRENCY',
      'Entry "t": currency: "eur" is not a known currency. Did you mean "EUR"? Accepted are ISO 4217 codes, GBp, GBX, ZAc, ZAC, ILA, USX, CNH, XAU and other metals, common crypto-assets, and what defineCurrency() was given.',
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
      () =>
        account()
          .buy('A', 1, 1, { id: '\n'.repeat(256) })
          .buy('A', 2, 1, { id: '\n'.repeat(256) }),
    ]) {
      const { message } = caught(call);
      expect(message).not.toContain('\n');
      expect(message.length).toBeLessThan(360);
    }
    expect(account().buy('__proto__', 1, 1).position('__proto__')!.symbol).toBe('__proto__');
  });
});

describe('the ledger of a portfolio', () => {
  const DAY = 86_400_000;

  test('has an entry for each change, by time, and no more', () => {
    const after = account({ cash: { USD: 5 }, positions: [{ symbol: 'A', quantity: 1 }] })
      .buy('A', 1, 2, { id: 'late', at: 3 * DAY })
      .deposit(1, 'EUR', { id: 'early', at: DAY });
    expect(after.entries.map(({ id, at, type }) => [id, at, type])).toEqual([
      ['opening position A', 0, 'openingPosition'],
      ['opening cash USD', 0, 'openingCash'],
      ['early', DAY, 'deposit'],
      ['late', 3 * DAY, 'buy'],
    ]);
    expect(after.entryCount).toBe(4);
    expect([...after.cash.keys()]).toEqual(['USD', 'EUR']);
  });

  test('an entry that is known changes nothing: the portfolio is the same object', () => {
    const before = account().buy('A', 1, 2, { id: 'b', at: DAY });
    expect(before.buy('A', '1.0', '2.00', { id: 'b', at: '1970-01-02T00:00:00Z' })).toBe(before);
    expect(before.apply([])).toBe(before);
  });

  test('a change without a time is one of now, and comes after all others', () => {
    const [from, ahead] = [Date.now(), Date.now() + 9 * DAY];
    const after = account().deposit(1);
    expect(after.entries.at(-1)!.at).toBeGreaterThanOrEqual(from);
    expect(after.entries.at(-1)!.at).toBeLessThanOrEqual(Date.now());
    const later = after.deposit(1, 'USD', { id: 'ahead', at: ahead }).deposit(1);
    expect(later.entries.at(-1)!.at).toBe(ahead);
    expect(later.entries.at(-2)!.id).toBe('ahead');
  });

  test('a late entry is inserted by its time, and what follows is replayed', () => {
    const after = account({ costMethod: 'fifo' })
      .buy('A', 1, 10, { id: 'b2', at: 2 * DAY })
      .sell('A', 1, 30, { id: 's', at: 3 * DAY })
      .buy('A', 1, 20, { id: 'b1', at: DAY });
    expect(after.entries.map(({ id }) => id)).toEqual(['opening cash USD', 'b1', 'b2', 's']);
    expect(held(after, 'A')).toEqual(['1', '10', '10']);
  });

  test('a late entry is refused when what follows cannot be replayed, and the portfolio stays as it is', () => {
    const before = account({ costMethod: 'fifo' })
      .buy('A', 2, 10, { id: 'b', at: 2 * DAY })
      .sell('A', 2, 30, { id: 's', at: 3 * DAY, lots: [{ lot: 'b', quantity: 2 }] });
    const state = plain(before);
    const sale = () => before.sell('A', 1, 30, { id: 'x', at: 2.5 * DAY });
    expect(caught(sale).message).toBe(
      'Entry "s" (sell): lots: 2 units of lot "b" are not held; held are 1 of "b".',
    );
    expect(plain(before)).toEqual(state);
    expect(held(before.deposit(1), 'A')).toBeUndefined();
  });

  test('of several entries all apply or none', () => {
    const before = account();
    const state = plain(before);
    const entry = { at: DAY, type: 'deposit', amount: 1, currency: 'USD' } as const;
    const refused = { id: 'z', at: DAY, type: 'transferOut', symbol: 'A', quantity: 1, price: 1 } as const;
    expect(caught(() => before.apply([{ ...entry, id: 'a' }, refused])).code).toBe('INVALID_ARGUMENT');
    expect(plain(before)).toEqual(state);
    expect(cash(before.apply({ ...entry, id: 'a' }))).toBe('10001');
  });

  test('branches of one portfolio do not see the entries of each other', () => {
    const trunk = account().deposit(1, 'USD', { id: 'd', at: DAY });
    const left = trunk.deposit(2, 'USD', { id: 'x', at: 2 * DAY });
    const right = trunk
      .deposit(4, 'USD', { id: 'x', at: 2 * DAY })
      .deposit(8, 'USD', { id: 'y', at: 3 * DAY });
    expect([trunk, left, right].map((each) => cash(each))).toEqual(['10001', '10003', '10013']);
    expect([trunk, left, right].map(({ entryCount }) => entryCount)).toEqual([2, 3, 4]);
    expect(cash(left.deposit(16, 'USD', { id: 'y', at: 3 * DAY }))).toBe('10019');
  });

  test('what is not stored is known only from a stored portfolio on', () => {
    const fresh = account().deposit(1, 'USD', { id: 'd', at: DAY });
    expect(unsavedChanges(fresh)).toMatchObject({ isWhole: true, firstOrdinal: 0, entries: { length: 2 } });
    const stored = fresh.asStored(1);
    expect(stored.version).toBe(1);
    expect(unsavedChanges(stored)).toMatchObject({ isWhole: false, entries: [], firstOrdinal: 2 });
    const changed = stored.deposit(1, 'USD', { id: 'l', at: 2 * DAY }).deposit(1, 'USD', { id: 'e', at: 5 });
    expect(unsavedChanges(changed).entries.map(({ id }) => id)).toEqual(['e', 'l']);
    expect(unsavedChanges(changed).firstOrdinal).toBe(2);
    expect(unsavedChanges(changed.withVersion(1)).isWhole).toBe(false);
    expect(unsavedChanges(changed.withVersion(2)).isWhole).toBe(true);
  });
});

test('a portfolio is made by create() or replay(), and the constructor says so', () => {
  const Constructor = Portfolio as unknown as new (input: object) => Portfolio;
  expect(caught(() => new Constructor({ id: 'p', currency: 'USD' }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('Portfolio.create() or Portfolio.replay()') as string,
  });
});
