import { PriceChangedBatch } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { tokyo, usEquities } from 'tickmark/calendars';
import { describe, expect, test } from 'vitest';
import { PriceFeed, type PriceFeedOptions } from '../../../src/gateway/feeds/price-feed.js';

test('a changed price whose topic was dropped or followed again is updated once', () => {
  const clock = new FakeClock();
  const none = { staleAfter: undefined, calendars: undefined, book: undefined };
  const feed = new PriceFeed({ clock, ...none, onChanged: () => undefined, onError: () => undefined });
  const move = (price: string): void =>
    feed.take(PriceChangedBatch.ofUpdates([{ symbol: 'A', price, timestamp: clock.now() }], clock.now()));
  let offset = 0;
  const next = () => ++offset;

  feed.follow('A', next);
  move('1');
  move('2');
  feed.forget('A');
  expect([...feed.refresh(next())]).toEqual([]);

  move('3');
  feed.follow('A', next);
  move('4');
  feed.forget('A');
  const followed = feed.follow('A', next);
  followed.holds++;
  move('5');
  expect([...feed.refresh(next())]).toEqual([followed]);
  expect(followed.fragment().text).toContain('"price":"5"');
  expect([...feed.refresh(next())]).toEqual([]);
});

describe('the day of a price', () => {
  const at = (text: string): number => Date.parse(text);
  const book: PriceFeedOptions['book'] = { price: () => null, calendarOf: () => usEquities };

  function setup(options: Partial<PriceFeedOptions>) {
    const clock = new FakeClock({ now: at('2026-11-27T17:59:30Z') });
    const none = { staleAfter: undefined, calendars: undefined, book: undefined };
    const quiet = { onChanged: () => undefined, onError: () => undefined };
    const feed = new PriceFeed({ clock, ...none, ...quiet, ...options });
    const update = { symbol: 'AAPL', price: '110', previousClose: '100', timestamp: clock.now() };
    const previousCloseAt = at('2026-11-25T21:00:00Z');
    feed.take(PriceChangedBatch.ofUpdates([{ ...update, previousCloseAt }], clock.now()));
    let offset = 0;
    return (time?: string, close?: object): Record<string, unknown> => {
      if (time) clock.setWallClock(at(time));
      const timestamp = clock.now();
      if (close) feed.take(PriceChangedBatch.ofUpdates([{ ...update, ...close, timestamp }], timestamp));
      feed.forget('AAPL');
      return JSON.parse(feed.follow('AAPL', () => ++offset).fragment().text);
    };
  }

  test('is not over because the venue gives its close', () => {
    const price = setup({ calendars: usEquities });
    const close = { previousClose: '105', previousCloseAt: at('2026-11-27T18:00:00Z') };
    const friday = { session: { date: '2026-11-27' }, previousClose: '100', change: '10' };
    expect(price('2026-11-27T18:05:00Z', close)).toMatchObject(friday);
    expect(price('2026-11-27T18:06:00Z', close)).toMatchObject(friday);
    const monday = { session: { date: '2026-11-30' }, previousClose: '105', change: '5' };
    expect(price('2026-11-30T05:00:01Z')).toMatchObject(monday);
  });

  test.each<[string, Partial<PriceFeedOptions>]>([
    ['given', { calendars: usEquities }],
    ['of the book', { book }],
    ['given, and others of the book', { calendars: usEquities, book: { ...book, calendarOf: () => tokyo } }],
  ])('is that of its calendar, until the next one begins: %s', (_, options) => {
    const price = setup(options);
    const friday = { calendar: 'us-equities', label: 'US', date: '2026-11-27' };
    expect(price()).toMatchObject({ session: friday, state: 'open', grade: 'live', changePct: '10.0000' });
    const closed = { state: 'closed', kind: 'close', grade: 'delayed' };
    expect(price('2026-11-28T12:00:00Z')).toMatchObject({ session: friday, ...closed, changePct: '10.0000' });
    expect(price('2026-11-30T05:00:01Z')).toMatchObject({
      session: { ...friday, date: '2026-11-30' },
      ...closed,
      ...{ previousClose: null, change: null, changePct: null },
    });
  });

  test.each<[string, Partial<PriceFeedOptions>]>([
    ['without calendars', {}],
    ['with a book that has no calendars', { book: { price: () => null } }],
    ['with a book that has none of the symbol', { book: { ...book, calendarOf: () => null } }],
  ])('is not named %s', (_, options) => {
    const price = setup(options);
    expect(price()).toMatchObject({ session: null, state: 'open', changePct: '10.0000' });
    expect(price('2026-11-28T12:00:00Z')).toMatchObject({ session: null, state: 'open', grade: 'stale' });
  });
});
