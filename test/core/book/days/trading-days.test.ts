import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { usEquities } from '../../../../src/calendars/us-equities.js';
import { tokyo } from '../../../../src/calendars/tokyo.js';
import type { DayClose } from '../../../../src/core/calendars/day-store.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../../src/core/prices/price-update.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';

const at = (text: string): number => Date.parse(text);
const FRIDAY = '2026-11-27T17:59:00Z';
/** The day of Monday begins at midnight in New York. */
const MONDAY = at('2026-11-30T05:00:00Z');

function setup(...entries: readonly LedgerEntryInput[]) {
  const clock = new FakeClock({ now: at(FRIDAY) });
  const book = new PositionBook({
    clock,
    fx: ['EUR/USD'],
    calendars: (symbol) =>
      symbol === 'SONY' ? tokyo : symbol === 'AAPL' || symbol === 'SAP' ? usEquities : null,
  });
  let portfolio = Portfolio.replay({ id: 'p', currency: 'USD' }, entries);
  book.setPortfolio(portfolio);
  const go = (time: number | string): void => clock.setWallClock(typeof time === 'number' ? time : at(time));
  const apply = (symbol: string, price: number, rest: Partial<PriceUpdate> = {}): void => {
    const updates = [{ symbol, price, timestamp: clock.now(), ...rest }];
    book.applyPrices(PriceChangedBatch.ofUpdates(updates, clock.now()));
  };
  return {
    book,
    go,
    apply,
    trade(...booked: LedgerEntryInput[]) {
      portfolio = portfolio.apply(booked);
      book.setPortfolio(portfolio);
    },
    /** Day P&L, as it is published and as it is read; they must agree. */
    dayPnl(): string | null {
      book.computeTotals();
      const published = book.record(0)!.dayPnl?.toString() ?? null;
      expect(book.value('p')!.dayPnl?.toString() ?? null).toBe(published);
      return published;
    },
    /** The closes that came after the end of their day, since the last call. */
    late: () =>
      book.days.recorder
        .take()
        .late.map(({ calendar, symbol, price }) => `${calendar} ${symbol} ${price.toString()}`)
        .sort(),
    /** The results of the days that have ended since the last call. */
    results: () =>
      book.days.recorder.take().days.flatMap((day) => {
        const result = book.dayResults(0, [day])[0];
        return result ? [[day.calendar, day.date, result.pnl?.toString() ?? null]] : [];
      }),
  };
}

const buy = (symbol: string, quantity: number, price: number, rest: object = {}): LedgerEntryInput =>
  ({
    type: 'buy',
    id: `${symbol}${quantity}`,
    at: at('2026-11-25T15:00:00Z'),
    symbol,
    quantity,
    price,
    ...rest,
  }) as LedgerEntryInput;

describe('the end of a day', () => {
  test('is the start of the next one: its last price is the previous close', () => {
    const { apply, book, dayPnl, go, results } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    expect(dayPnl()).toBe('50.00');
    go(MONDAY);
    expect(dayPnl()).toBe('50.00');
    expect(results()).toEqual([]);
    go(MONDAY + 1);
    expect(dayPnl()).toBe('0.00');
    expect(results()).toContainEqual(['us-equities', '2026-11-27', '50.00']);
    expect(book.price('AAPL')!.previousClose?.toString()).toBe('110');
    apply('AAPL', 112);
    expect(dayPnl()).toBe('20.00');
  });

  test('is recorded before the first price of the next day is applied', () => {
    const { apply, dayPnl, go } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110);
    dayPnl();
    go('2026-11-30T14:31:00Z');
    apply('AAPL', 115);
    expect(dayPnl()).toBe('50.00');
  });

  test('keeps no price that may not be the last one', () => {
    const { apply, book, dayPnl, go, results } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    dayPnl();
    book.takeGap(['AAPL'], (at(FRIDAY) + 1) * 1000);
    go(MONDAY + 1);
    expect(dayPnl()).toBeNull();
    expect(results()).toContainEqual(['us-equities', '2026-11-27', null]);
  });

  test('an official close that comes later restates it', () => {
    const { apply, book, dayPnl, go } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    dayPnl();
    go(MONDAY + 1);
    dayPnl();
    const [day] = book.days.recorder.take().days.filter(({ calendar }) => calendar === 'us-equities');
    apply('AAPL', 112, { previousClose: 109, previousCloseAt: at('2026-11-27T18:00:00Z') });
    expect(dayPnl()).toBe('30.00');
    const { late } = book.days.recorder.take();
    expect(late.map(({ date, price, source }) => [date, price.toString(), source])).toEqual([
      ['2026-11-27', '109', 'official'],
    ]);
    expect(book.dayResults(0, [day!])[0]).toMatchObject({ officialCloses: 1, endedAt: MONDAY });
    expect(book.dayResults(0, [day!])[0]!.pnl?.toString()).toBe('40.00');
    // The same again is no news.
    apply('AAPL', 113, { previousClose: 109, previousCloseAt: at('2026-11-27T18:00:00Z') });
    expect(book.days.recorder.take().late).toEqual([]);
  });

  test('an official close that is there already is taken, not the last price after hours', () => {
    const { apply, dayPnl, go } = setup(buy('AAPL', 10, 100));
    dayPnl();
    go('2026-11-27T20:00:00Z');
    apply('AAPL', 111, { previousClose: 110, previousCloseAt: at('2026-11-27T18:00:00Z') });
    dayPnl();
    go(MONDAY + 1);
    expect(dayPnl()).toBe('10.00');
  });

  test('a split afterwards does not change what was recorded', () => {
    const { apply, dayPnl, go, trade } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110);
    dayPnl();
    go('2026-11-30T15:00:00Z');
    dayPnl();
    trade({ type: 'split', id: 's', at: at('2026-11-30T14:30:00Z'), symbol: 'AAPL', from: 1, to: 2 });
    apply('AAPL', 56);
    expect(dayPnl()).toBe('20.00');
  });

  test('a split afterwards restates the close that a price shows, not the recorded one', () => {
    const { apply, book, dayPnl, go, trade } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110);
    dayPnl();
    go('2026-11-30T15:00:00Z');
    dayPnl();
    const split = { type: 'split', symbol: 'AAPL', from: Decimal.from(1), to: Decimal.from(2) } as const;
    trade({ ...split, id: 's', at: at('2026-11-30T14:30:00Z') });
    book.takeActions([{ ...split, id: 's', at: at('2026-11-30T14:30:00Z') }]);
    apply('AAPL', 55.5);
    expect(book.price('AAPL')!.previousClose?.toString()).toBe('55');
    expect(book.days.ends.find('us-equities', '2026-11-27')!.closes.get('AAPL')!.price.toString()).toBe(
      '110',
    );
    expect(book.value('p')!.positions[0]!.dayChangePct!.toString()).toMatch(/^0\.909/);
  });

  test('a split afterwards does not change the result of an earlier day whose closes are official', () => {
    const { apply, book, dayPnl, go, trade } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 106, { previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    dayPnl();
    go(MONDAY + 1);
    dayPnl();
    apply('AAPL', 111, { previousClose: 110, previousCloseAt: at('2026-11-27T18:00:00Z') });
    const day = book.days.endedDay({ calendar: 'us-equities', date: '2026-11-27' })!;
    expect(book.dayResults(0, [day])[0]!.pnl!.toString()).toBe('50.00');
    go('2026-11-30T15:00:00Z');
    const split = { type: 'split', symbol: 'AAPL', from: Decimal.from(1), to: Decimal.from(2) } as const;
    book.takeActions([{ ...split, id: 's', at: at('2026-11-30T14:30:00Z') }]);
    trade({ ...split, id: 's', at: at('2026-11-30T14:30:00Z') });
    apply('AAPL', 55.5, { previousClose: 55, previousCloseAt: at('2026-11-27T18:00:00Z') });
    expect(book.dayResults(0, [day])[0]!.pnl!.toString()).toBe('50.00');
    expect(dayPnl()).toBe('10.00');
  });

  test('trades until its last moment are part of the day, later ones of the next', () => {
    const { apply, dayPnl, go, results, trade } = setup(buy('AAPL', 10, 100));
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    dayPnl();
    trade(buy('AAPL', 5, 108, { at: MONDAY }));
    go(MONDAY + 1);
    dayPnl();
    expect(results()).toContainEqual(['us-equities', '2026-11-27', '60.00']);
    expect(dayPnl()).toBe('0.00');
    trade(buy('AAPL', 1, 100, { at: MONDAY + 1 }));
    expect(dayPnl()).toBe('10.00');
  });

  test('rates are recorded with it', () => {
    const rates = { EUR: '1.1' };
    const deposit = {
      type: 'deposit',
      id: 'd',
      at: at('2026-11-25T14:00:00Z'),
      amount: 1000,
      currency: 'EUR',
    } as const;
    const { apply, dayPnl, go, results } = setup(
      { ...deposit, rates },
      buy('SAP', 10, 100, { currency: 'EUR', rates }),
    );
    apply('EUR/USD', 1.1);
    apply('SAP', 110, { currency: 'EUR' });
    dayPnl();
    go(MONDAY + 1);
    expect(dayPnl()).toBe('0.00');
    apply('EUR/USD', 1.2);
    expect(dayPnl()).toBe('110.00');
    apply('SAP', 111, { currency: 'EUR' });
    expect(dayPnl()).toBe('122.00');
    // Nothing was known of the day before Friday.
    expect(results()).toContainEqual(['us-equities', '2026-11-27', null]);
    apply('EUR/USD', 1.3);
    go(MONDAY + 86_400_001);
    expect(dayPnl()).toBe('0.00');
    expect(results()).toContainEqual(['us-equities', '2026-11-30', '233.00']);
  });

  test('of cash is at midnight UTC, with the rates of that moment', () => {
    const { apply, dayPnl, go, results } = setup({
      type: 'deposit',
      id: 'd',
      at: at('2026-11-25T15:00:00Z'),
      amount: 1000,
      currency: 'EUR',
      rates: { EUR: '1.1' },
    });
    apply('EUR/USD', 1.2);
    dayPnl();
    go('2026-11-28T00:00:00Z');
    expect(dayPnl()).toBe('0.00');
    apply('EUR/USD', 1.25);
    expect(dayPnl()).toBe('50.00');
    go('2026-11-29T00:00:01Z');
    expect(dayPnl()).toBe('0.00');
    expect(results()).toEqual([
      ['cash', '2026-11-27', null],
      ['cash', '2026-11-28', '50.00'],
    ]);
  });

  test('of each calendar is at its own time', () => {
    const { apply, dayPnl, go, results } = setup(buy('AAPL', 10, 100), buy('SONY', 10, 20));
    apply('AAPL', 110);
    apply('SONY', 21);
    dayPnl();
    // Monday in Tokyo begins at 15:00 UTC of Sunday.
    go('2026-11-29T15:00:01Z');
    apply('SONY', 22);
    apply('AAPL', 111);
    dayPnl();
    go(MONDAY + 1);
    apply('AAPL', 113);
    expect(dayPnl()).toBe('30.00');
    expect(results().map(([calendar, date]) => `${calendar} ${date}`)).toEqual([
      'tokyo 2026-11-27',
      'us-equities 2026-11-27',
    ]);
  });

  test('comes from a store after a restart', () => {
    const { apply, book, dayPnl, go } = setup(buy('AAPL', 10, 100));
    go(MONDAY + 1);
    apply('AAPL', 112);
    expect(dayPnl()).toBeNull();
    const close: DayClose = {
      calendar: 'us-equities',
      date: '2026-11-27',
      symbol: 'AAPL',
      price: Decimal.from(110),
      closedAt: MONDAY,
      source: 'recorded',
    };
    book.takeCloses([close]);
    expect(dayPnl()).toBe('20.00');
  });

  test('that no process has recorded is what the venue says of it, where the day before is known', () => {
    const rates = { EUR: '1.1' };
    const { apply, book, dayPnl, go, late } = setup(
      buy('AAPL', 10, 100),
      buy('SAP', 10, 100, { currency: 'EUR', rates }),
    );
    const wednesday = { calendar: 'us-equities', date: '2026-11-25', closedAt: at('2026-11-27T05:00:00Z') };
    const recorded = (symbol: string, price: number): DayClose => {
      return { ...wednesday, symbol, price: Decimal.from(price), source: 'recorded' };
    };
    go(MONDAY + 1);
    const friday = { previousCloseAt: at('2026-11-27T18:00:00Z') };
    apply('AAPL', 112, { previousClose: 110, ...friday });
    apply('SAP', 112, { previousClose: 110, ...friday, currency: 'EUR' });
    apply('EUR/USD', 1.3, { previousClose: 1.2, previousCloseAt: at('2026-11-27T22:00:00Z') });
    expect(dayPnl()).toBe('56.00');
    // Without the day before, nothing can be said of Friday.
    expect(late()).toEqual([]);
    book.loadCloses(['us-equities'], [recorded('AAPL', 105), recorded('SAP', 100), recorded('EUR/USD', 1.1)]);
    expect(late()).toEqual(['us-equities AAPL 110', 'us-equities EUR/USD 1.2', 'us-equities SAP 110']);
    expect(dayPnl()).toBe('56.00');
    const day = book.days.endedDay({ calendar: 'us-equities', date: '2026-11-27' })!;
    // 10 × (110 − 105) and 10 × (110 × 1.2 − 100 × 1.1).
    expect(book.dayResults(0, [day])[0]).toMatchObject({ officialCloses: 2, endedAt: MONDAY });
    expect(book.dayResults(0, [day])[0]!.pnl!.toString()).toBe('270.00');
  });

  test('that is older than the last one is not made up', () => {
    const { apply, book, dayPnl, go, late } = setup(buy('AAPL', 10, 100));
    go('2026-12-01T15:00:00Z');
    apply('AAPL', 112, { previousClose: 110, previousCloseAt: at('2026-11-30T21:00:00Z') });
    dayPnl();
    const wednesday = { calendar: 'us-equities', date: '2026-11-25', closedAt: at('2026-11-27T05:00:00Z') };
    book.loadCloses(
      ['us-equities'],
      [{ ...wednesday, symbol: 'AAPL', price: Decimal.from(105), source: 'recorded' }],
    );
    expect(late()).toEqual([]);
    expect(dayPnl()).toBe('20.00');
  });

  test('has a result on the first day of an engine, also in foreign currency', () => {
    const rates = { EUR: '1.1' };
    const deposit = {
      type: 'deposit',
      id: 'd',
      at: at('2026-11-25T14:00:00Z'),
      amount: 2000,
      currency: 'EUR',
    } as const;
    const { apply, dayPnl, go, results } = setup(
      { ...deposit, rates },
      buy('SAP', 10, 100, { currency: 'EUR', rates }),
    );
    apply('EUR/USD', 1.2, { previousClose: 1.1, previousCloseAt: at('2026-11-26T22:00:00Z') });
    apply('SAP', 110, {
      currency: 'EUR',
      previousClose: 100,
      previousCloseAt: at('2026-11-25T21:00:00Z'),
    });
    expect(dayPnl()).toBe('320.00');
    go('2026-11-28T00:00:00Z');
    dayPnl();
    expect(results()).toEqual([['cash', '2026-11-27', '100.00']]);
    // The pair has its next close before the day is over in New York.
    apply('EUR/USD', 1.25, { previousClose: 1.2, previousCloseAt: at('2026-11-27T22:00:00Z') });
    go(MONDAY + 1);
    dayPnl();
    expect(results()).toContainEqual(['us-equities', '2026-11-27', '275.00']);
  });
});
