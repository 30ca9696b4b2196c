import { describe, expect, test } from 'vitest';
import { tokyo } from '../../../../src/calendars/tokyo.js';
import { usEquities } from '../../../../src/calendars/us-equities.js';
import { TradingCalendar } from '../../../../src/core/calendars/trading-calendar.js';
import { at, buy, dayWorld, sell } from './day-world.js';

const WEDNESDAY = at('2026-11-25T21:00:00Z');
const FRIDAY = at('2026-11-27T18:00:00Z');
/** The day of Monday begins at midnight in New York. */
const MONDAY = '2026-11-30T05:00:00.001Z';
const HELD = [buy('AAPL', 10, 100, '2026-11-24T15:00:00Z')];

describe('a close of the running day', () => {
  test('does not replace the previous one until that day is over', () => {
    const { apply, book, dayPnl, go, results, value } = dayWorld(
      '2026-11-27T15:30:00Z',
      { calendars: usEquities },
      HELD,
    );
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: WEDNESDAY });
    expect(dayPnl()).toBe('50.00');
    go('2026-11-27T20:00:00Z');
    apply('AAPL', 111, { previousClose: 109, previousCloseAt: FRIDAY });
    expect([dayPnl(), String(value().dayPnl)]).toEqual(['60.00', '60.00']);
    expect(book.price('AAPL')!.previousClose?.toString()).toBe('105');
    // Corrected before the day is over.
    apply('AAPL', 112, { previousClose: 110, previousCloseAt: FRIDAY });
    expect([dayPnl(), String(value().dayPnl)]).toEqual(['70.00', '70.00']);
    go(MONDAY);
    // 10 × (110 − 105) on Friday, and 10 × (112 − 110) since.
    expect(results()).toEqual(['us-equities 2026-11-27 50.00']);
    expect([dayPnl(), String(value().dayPnl)]).toEqual(['20.00', '20.00']);
  });

  test('is in the units of before a split, as is the one that counts on', () => {
    const { apply, dayPnl, go, trade, value } = dayWorld(
      '2026-11-27T15:30:00Z',
      { calendars: usEquities },
      HELD,
    );
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: WEDNESDAY });
    go('2026-11-27T19:00:00Z');
    apply('AAPL', 110, { previousClose: 110, previousCloseAt: FRIDAY });
    go('2026-11-27T20:00:00Z');
    trade({ type: 'split', id: 's', at: at('2026-11-27T19:30:00Z'), symbol: 'AAPL', from: 1, to: 2 });
    apply('AAPL', 56, { previousClose: 55, previousCloseAt: FRIDAY });
    // 20 × 56 − 10 × 105.
    expect([dayPnl(), String(value().dayPnl)]).toEqual(['70.00', '70.00']);
  });

  test('in another currency leaves none: the one before it is not in that of the prices', () => {
    const { apply, book, go } = dayWorld('2026-11-27T15:30:00Z', { calendars: usEquities }, HELD);
    apply('AAPL', 110, { currency: 'GBP', previousClose: 105, previousCloseAt: WEDNESDAY });
    go('2026-11-27T19:00:00Z');
    apply('AAPL', 11_100, { currency: 'GBp', previousClose: 11_000, previousCloseAt: FRIDAY });
    expect(book.price('AAPL')!.previousClose).toBeNull();
    go(MONDAY);
    expect(book.price('AAPL')!.previousClose?.toString()).toBe('11000');
  });

  test('alone says nothing of that day: its P&L is unknown', () => {
    const { apply, dayPnl, go } = dayWorld('2026-11-27T20:00:00Z', { calendars: usEquities }, HELD);
    apply('AAPL', 111, { previousClose: 110, previousCloseAt: FRIDAY });
    expect(dayPnl()).toBeNull();
    go(MONDAY);
    expect(dayPnl()).toBe('10.00');
  });

  test('or of a day to come: trades of today are not of before it', () => {
    const entries = [...HELD, buy('AAPL', 1, 101, '2026-11-27T15:00:00Z')];
    const { apply, dayPnl } = dayWorld('2026-11-27T15:30:00Z', { calendars: usEquities }, entries);
    const toCome = { previousClose: 108, previousCloseAt: at('2026-12-04T21:00:00Z') };
    apply('AAPL', 110, toCome);
    expect(dayPnl()).toBeNull();
    apply('AAPL', 110, { previousClose: 105, previousCloseAt: WEDNESDAY });
    expect(dayPnl()).toBe('59.00');
    apply('AAPL', 110, toCome);
    expect(dayPnl()).toBe('59.00');
  });
});

describe('a calendar that an instrument names', () => {
  const named = (symbol: string, calendar: string) => ({ symbol, currency: 'USD', calendar });

  test('is that of a flat position, too, also where nobody holds the symbol', () => {
    const { apply, go, results, value } = dayWorld(
      '2026-11-27T18:30:00Z',
      { calendars: [usEquities] },
      [...HELD, sell('AAPL', 10, 107, '2026-11-27T15:00:00Z')],
      [named('AAPL', 'us-equities')],
    );
    apply('AAPL', 108, { previousClose: 105, previousCloseAt: WEDNESDAY });
    const session = { calendar: 'us-equities', label: 'US', date: '2026-11-27' };
    expect(value().closed).toMatchObject([{ symbol: 'AAPL', session }]);
    go(MONDAY);
    expect(results()).toEqual(['us-equities 2026-11-27 20.00']);
  });

  test('is that of the symbol that a position was renamed from', () => {
    // After Golden Week, six days after the last close.
    const { apply, dayPnl } = dayWorld(
      '2026-05-07T02:00:00Z',
      { calendars: [tokyo] },
      [
        buy('OLD', 10, 100, '2026-04-30T01:00:00Z'),
        { type: 'rename', id: 'r', at: at('2026-05-07T00:00:00Z'), symbol: 'OLD', into: 'NEW' },
      ],
      [named('OLD', 'tokyo'), named('NEW', 'tokyo')],
    );
    apply('OLD', 105, { previousClose: 105, previousCloseAt: at('2026-05-01T06:30:00Z') });
    apply('NEW', 110);
    expect(dayPnl()).toBe('50.00');
  });
});

describe('calendars of one name', () => {
  test('are one, whose day ends once', () => {
    const { apply, go, results } = dayWorld(
      '2026-11-27T15:30:00Z',
      { calendars: () => TradingCalendar.of({ name: 'us', extends: usEquities }) },
      [...HELD, buy('MSFT', 10, 100, '2026-11-24T15:00:00Z')],
    );
    for (const symbol of ['AAPL', 'MSFT'])
      apply(symbol, 110, { previousClose: 105, previousCloseAt: WEDNESDAY });
    go(MONDAY);
    expect(results()).toEqual(['us 2026-11-27 100.00']);
  });
});

describe('the day of cash', () => {
  const deposit = {
    type: 'deposit',
    id: 'd',
    at: at('2026-11-25T14:00:00Z'),
    amount: 1000,
    currency: 'EUR',
    rates: { EUR: '1.1' },
  } as const;
  const rate = { previousClose: 1.1, previousCloseAt: at('2026-11-26T22:00:00Z') };

  test('ends once, also where the clock is set back over its end', () => {
    const { apply, dayPnl, go, results } = dayWorld('2026-11-27T12:00:00Z', { fx: ['EUR/USD'] }, [deposit]);
    apply('EUR/USD', 1.2, rate);
    go('2026-11-28T00:00:00.500Z');
    expect(results()).toEqual(['cash 2026-11-27 100.00']);
    go('2026-11-27T23:59:58Z');
    apply('EUR/USD', 1.25);
    go('2026-11-28T00:00:00.500Z');
    expect(results()).toEqual([]);
    expect(dayPnl()).toBe('50.00');
  });

  test('that nobody saw has no end: the rates of the last one that was seen are not its', () => {
    const { apply, dayPnl, go, results } = dayWorld('2026-11-27T12:00:00Z', { fx: ['EUR/USD'] }, [deposit]);
    apply('EUR/USD', 1.2, rate);
    go('2026-12-01T12:00:00Z');
    expect(results()).toEqual(['cash 2026-11-27 100.00']);
    apply('EUR/USD', 1.3);
    expect(dayPnl()).toBeNull();
    apply('EUR/USD', 1.3, { previousClose: 1.28, previousCloseAt: at('2026-11-30T22:00:00Z') });
    expect(dayPnl()).toBe('20.00');
  });
});
