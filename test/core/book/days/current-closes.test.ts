import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { usEquities } from '../../../../src/calendars/us-equities.js';
import { tokyo } from '../../../../src/calendars/tokyo.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../../src/core/prices/price-update.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';
import type { PositionBookOptions } from '../../../../src/core/book/position-book-options.js';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

/** A book with ten AAPL for 1,000 USD, at a time. */
function setup(
  now: string,
  options: PositionBookOptions = {},
  instruments?: PositionBookOptions['instruments'],
) {
  const clock = new FakeClock({ now: at(now) });
  const errors: TickmarkError[] = [];
  const book = new PositionBook({
    clock,
    onError: (error) => errors.push(error),
    ...options,
    ...(instruments && { instruments }),
  });
  const positions = [{ symbol: 'AAPL', quantity: 10, averageCost: 100 }];
  book.setPortfolio(Portfolio.create({ id: 'p', currency: 'USD', positions }));
  return {
    book,
    clock,
    errors,
    apply: (update: Partial<PriceUpdate>) =>
      book.applyPrices(
        PriceChangedBatch.ofUpdates(
          [{ symbol: 'AAPL', price: 110, timestamp: clock.now(), ...update }],
          clock.now(),
        ),
      ),
    /** From now on newer prices may have been missed: what ends then is not recorded. */
    lose: () => book.markStale(),
    /** Day P&L at a time, as it is published and as it is read; they must agree. */
    dayPnl(time: string): string | null {
      clock.setWallClock(at(time));
      const read = book.value('p')!.dayPnl?.toString() ?? null;
      book.computeTotals();
      expect(book.record(0)!.dayPnl?.toString() ?? null).toBe(read);
      return read;
    },
  };
}

describe('without a calendar', () => {
  // A close that is kept for ever shows the day P&L of a month ago as that of today.
  test('a previous close counts for 96 hours', () => {
    const { apply, book, dayPnl, clock } = setup('2026-11-27T15:00:00Z');
    apply({ previousClose: 105, previousCloseAt: at('2026-11-26T21:00:00Z') });
    expect(dayPnl('2026-11-27T15:00:00Z')).toBe('50.00');
    expect(book.totalsExpireAt).toBe(at('2026-11-30T21:00:00Z'));
    expect(dayPnl('2026-11-30T21:00:00Z')).toBe('50.00');
    expect(book.price('AAPL')!.previousClose?.toString()).toBe('105');
    expect(dayPnl('2026-11-30T21:00:00.001Z')).toBeNull();
    expect(book.price('AAPL')!.previousClose).toBeNull();
    expect(book.totalsExpireAt).toBe(Infinity);
    apply({ timestamp: clock.now(), previousClose: 108, previousCloseAt: at('2026-11-30T21:00:00Z') });
    expect(dayPnl('2026-11-30T21:00:01Z')).toBe('20.00');
  });

  test('no market is called closed', () => {
    const { apply, book, clock } = setup('2026-11-28T12:00:00Z');
    apply({});
    expect(book.price('AAPL')).toMatchObject({ state: 'open', kind: 'last', grade: 'live' });
    clock.setWallClock(clock.now() + HOUR);
    expect(book.price('AAPL')).toMatchObject({ state: 'open', grade: 'stale' });
  });

  test('the previous rate of a currency counts as long', () => {
    const { book, clock, dayPnl } = setup('2026-11-27T15:00:00Z', { fx: ['EUR/USD'] });
    const positions = [{ symbol: 'SAP', quantity: 10, averageCost: 100 }];
    book.setPortfolio(Portfolio.create({ id: 'p', currency: 'USD', positions }));
    const update = (symbol: string, price: string, previousClose: string, hours: number): PriceUpdate => {
      const previousCloseAt = clock.now() - hours * HOUR;
      const currency = symbol === 'SAP' ? 'EUR' : 'USD';
      return { symbol, price, timestamp: clock.now(), currency, previousClose, previousCloseAt };
    };
    const updates = [update('SAP', '110', '105', 1), update('EUR/USD', '1.2', '1.1', 2)];
    book.applyPrices(PriceChangedBatch.ofUpdates(updates, clock.now()));
    expect(dayPnl('2026-11-27T15:00:00Z')).toBe('165.00');
    expect(dayPnl('2026-12-01T13:00:00Z')).toBe('165.00');
    expect(dayPnl('2026-12-01T13:00:01Z')).toBeNull();
  });
});

describe('with the calendar of US equities', () => {
  const calendars = usEquities;

  test('the close of Friday counts until the day of Monday is over', () => {
    const { apply, dayPnl, book, lose } = setup('2026-11-30T15:00:00Z', { calendars });
    apply({ previousClose: 105, previousCloseAt: at('2026-11-27T18:00:00Z') });
    lose();
    expect(dayPnl('2026-11-30T15:00:00Z')).toBe('50.00');
    // Tuesday begins at midnight in New York.
    expect(book.totalsExpireAt).toBe(at('2026-12-01T05:00:00Z'));
    expect(dayPnl('2026-12-01T05:00:00Z')).toBe('50.00');
    expect(dayPnl('2026-12-01T05:00:00.001Z')).toBeNull();
  });

  test('over a holiday and a weekend, the last session before counts, and no earlier one', () => {
    // Thanksgiving is the 26th; on the 27th trading ends at 13:00.
    const friday = setup('2026-11-27T15:00:00Z', { calendars });
    friday.apply({ previousClose: 105, previousCloseAt: at('2026-11-25T21:00:00Z') });
    friday.lose();
    expect(friday.dayPnl('2026-11-27T15:00:00Z')).toBe('50.00');
    expect(friday.dayPnl('2026-11-29T23:00:00Z')).toBe('50.00');
    expect(friday.dayPnl('2026-11-30T14:00:00Z')).toBeNull();
    const late = setup('2026-11-27T15:00:00Z', { calendars });
    late.apply({ previousClose: 105, previousCloseAt: at('2026-11-24T21:00:00Z') });
    expect(late.dayPnl('2026-11-27T15:00:00Z')).toBeNull();
  });

  test('a close of the day itself counts once that day is over', () => {
    const { apply, dayPnl, lose } = setup('2026-11-30T22:00:00Z', { calendars });
    apply({ previousClose: 108, previousCloseAt: at('2026-11-30T21:00:00Z') });
    lose();
    expect(dayPnl('2026-11-30T22:00:00Z')).toBeNull();
    expect(dayPnl('2026-12-01T05:00:00Z')).toBeNull();
    expect(dayPnl('2026-12-01T05:00:00.001Z')).toBe('20.00');
    expect(dayPnl('2026-12-02T04:59:00Z')).toBe('20.00');
    expect(dayPnl('2026-12-02T05:00:01Z')).toBeNull();
  });

  test('what was bought since the previous session needs no close', () => {
    const { book, clock, apply, lose } = setup('2026-11-30T15:00:00Z', { calendars });
    const buy = (time: string) =>
      Portfolio.replay({ id: 'p', currency: 'USD' }, [
        { type: 'buy', id: 'b', at: at(time), symbol: 'AAPL', quantity: 10, price: 100 },
      ]);
    apply({});
    // Friday, after trading ended at 13:00 in New York.
    book.setPortfolio(buy('2026-11-27T18:00:01Z'));
    expect(book.value('p')!.positions[0]!.dayPnl?.toString()).toBe('100.00');
    book.setPortfolio(buy('2026-11-27T17:59:00Z'));
    expect(book.value('p')!.positions[0]!.dayPnl).toBeNull();
    // On Tuesday it was held before.
    book.setPortfolio(buy('2026-11-30T14:45:00Z'));
    lose();
    clock.setWallClock(clock.now() + 20 * HOUR);
    expect(book.value('p')!.positions[0]!.dayPnl).toBeNull();
  });

  test('a quiet market is closed, not stale, and is stale when it opens and stays quiet', () => {
    const { apply, book, clock } = setup('2026-11-27T17:59:30Z', { calendars });
    apply({});
    const seen = (time: string) => {
      clock.setWallClock(at(time));
      const { state, kind, grade } = book.price('AAPL')!;
      return [state, kind, grade, book.value('p')!.positions[0]!.price!.kind];
    };
    expect(seen('2026-11-27T17:59:59Z')).toEqual(['open', 'last', 'live', 'last']);
    expect(seen('2026-11-28T12:00:00Z')).toEqual(['closed', 'close', 'delayed', 'close']);
    // Half of its minute was left when trading ended.
    expect(seen('2026-11-30T14:30:30Z')).toEqual(['open', 'last', 'live', 'last']);
    expect(seen('2026-11-30T14:30:31Z')).toEqual(['open', 'last', 'stale', 'last']);
    expect(book.record(0)).toBeDefined();
  });

  test('a feed that was silent before the close stays stale', () => {
    const { apply, book, clock } = setup('2026-11-27T15:00:00Z', { calendars });
    apply({});
    clock.setWallClock(clock.now() + 24 * HOUR);
    expect(book.price('AAPL')).toMatchObject({ state: 'closed', grade: 'stale' });
  });

  test('what the venue says of its state goes first: trading after hours is open', () => {
    const { apply, book } = setup('2026-11-27T20:00:00Z', { calendars });
    apply({ state: 'open' });
    expect(book.price('AAPL')).toMatchObject({ state: 'open', kind: 'last', grade: 'live' });
  });

  test('after the last year that it covers, day P&L is unknown, and one warning says why', () => {
    const year = usEquities.lastYear! + 1;
    const { apply, dayPnl, errors } = setup(`${year}-02-03T15:00:00Z`, { calendars });
    apply({ previousClose: 105, previousCloseAt: at(`${year}-02-02T21:00:00Z`) });
    expect(dayPnl(`${year}-02-03T15:00:00Z`)).toBeNull();
    expect(dayPnl(`${year}-02-05T15:00:00Z`)).toBeNull();
    expect(errors.map(({ code }) => code)).toEqual(['CALENDAR_ENDED']);
    expect(errors[0]!.message).toContain(`The calendar "us-equities" covers the years from`);
  });
});

describe('the calendar of a symbol', () => {
  const held = { previousClose: 105, previousCloseAt: at('2026-11-27T06:30:00Z') };

  test('is the one that its instrument names', () => {
    const instruments = [{ symbol: 'AAPL', currency: 'USD', calendar: 'tokyo' }];
    const { apply, dayPnl, errors, lose } = setup(
      '2026-11-30T10:00:00Z',
      { calendars: [usEquities, tokyo] },
      instruments,
    );
    apply(held);
    lose();
    expect(dayPnl('2026-11-30T10:00:00Z')).toBe('50.00');
    // Tuesday in Tokyo.
    expect(dayPnl('2026-11-30T15:00:01Z')).toBeNull();
    expect(errors).toEqual([]);
  });

  test('is that of the new instrument once it is replaced', () => {
    const { apply, book, dayPnl } = setup('2026-11-30T10:00:00Z', { calendars: [usEquities, tokyo] });
    apply(held);
    expect(dayPnl('2026-11-30T10:00:00Z')).toBe('50.00');
    expect(book.value('p')!.positions[0]!.session).toBeNull();
    book.setInstrument({ symbol: 'AAPL', currency: 'USD', calendar: 'tokyo' });
    expect(book.value('p')!.positions[0]!).toMatchObject({
      session: { calendar: 'tokyo', label: tokyo.label, date: '2026-11-30' },
    });
    expect(book.value('p')!.positions[0]!.dayChangePct?.toString()).toBe('4.7619');
  });

  test('is none if the instrument names one that was not given, which is said once', () => {
    const instruments = [{ symbol: 'AAPL', currency: 'USD', calendar: 'tokio' }];
    const { apply, dayPnl, errors } = setup('2026-11-30T10:00:00Z', { calendars: [tokyo] }, instruments);
    apply(held);
    expect(dayPnl('2026-11-30T15:00:01Z')).toBe('50.00');
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      [
        'UNKNOWN_CALENDAR',
        'The instrument "AAPL" names the calendar "tokio"; known are: "tokyo". Pass it in `calendars`.',
      ],
    ]);
  });

  test('is what a function gives; none if that throws', () => {
    const ofTokyo = setup('2026-11-30T10:00:00Z', {
      calendars: (symbol) => (symbol === 'AAPL' ? tokyo : null),
    });
    ofTokyo.apply(held);
    ofTokyo.lose();
    expect(ofTokyo.dayPnl('2026-11-30T15:00:01Z')).toBeNull();
    const broken = setup('2026-11-30T10:00:00Z', {
      calendars: () => {
        throw new Error('no table');
      },
    });
    broken.apply(held);
    expect(broken.dayPnl('2026-11-30T15:00:01Z')).toBe('50.00');
    expect(broken.errors.map(({ code }) => code)).toEqual(['HANDLER_FAILED']);
  });

  test.each([
    ['a name', 'tokyo'],
    ['an object that is none', { timeZone: 'Asia/Tokyo' }],
  ])('is none if the function gives %s, which is reported', (_, given) => {
    const { apply, dayPnl, errors } = setup('2026-11-30T10:00:00Z', { calendars: () => given as never });
    apply(held);
    expect(dayPnl('2026-11-30T15:00:01Z')).toBe('50.00');
    expect(errors.map(({ code, message }) => [code, message.includes('The calendar of "AAPL"')])).toEqual([
      ['INVALID_ARGUMENT', true],
    ]);
  });

  test.each([
    ['a name', 'tokyo', '"tokyo"'],
    ['a list with a name in it', [tokyo, 'lse'], '"lse"'],
    ['a list with a calendar twice', [tokyo, tokyo], '"tokyo"'],
    ['null', null, 'null'],
  ])('refuses %s', (_, calendars, given) => {
    expect(() => new PositionBook({ calendars: calendars as never })).toThrow(`, got ${given}`);
  });
});
