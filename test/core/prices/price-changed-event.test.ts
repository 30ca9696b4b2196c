import { describe, expect, test } from 'vitest';
import {
  PriceChangedEvent,
  type PriceChange,
  type PriceChangedBatch,
} from '../../../src/core/prices/price-changed-event.js';
import { caught } from '../../oracle/caught.js';

const AT = 1_700_000_000_123;

function event(
  oldPrice: PriceChange['oldPrice'],
  newPrice: PriceChange['newPrice'],
  rest: Partial<PriceChange> = {},
) {
  return PriceChangedEvent.create({ symbol: 'AAPL', oldPrice, newPrice, occurredAt: AT, ...rest });
}

function rows(batch: PriceChangedBatch): string[] {
  return [...batch].map(({ symbol, oldPrice, newPrice }) => `${symbol} ${oldPrice} ${newPrice}`);
}

describe('a price change', () => {
  test('has a direction, a size and a size in percent', () => {
    const up = event(100, '102.5');
    expect([up.priceChange!.toString(), up.priceChangePct, up.isPriceUp(), up.isPriceDown()]).toEqual([
      '2.5',
      2.5,
      true,
      false,
    ]);
    const down = event('-50', '-60');
    expect([down.priceChange!.toString(), down.priceChangePct, down.isPriceUp(), down.isPriceDown()]).toEqual(
      ['-10', -20, false, true],
    );
    const same = event(5, '5.0');
    expect([same.priceChangePct, same.isPriceUp(), same.isPriceDown()]).toEqual([0, false, false]);
  });

  test('from no price, or from zero, has no percentage', () => {
    const first = event(null, 5);
    expect([first.priceChange, first.priceChangePct, first.isPriceUp(), first.isPriceDown()]).toEqual([
      null,
      null,
      false,
      false,
    ]);
    expect(event(0, 5).priceChangePct).toBeNull();
    expect(event(0, 5).priceChange!.toString()).toBe('5');
  });

  test('is significant from the threshold on, in either direction, and always for the first price and a move from zero', () => {
    expect(
      [event(100, 101), event(100, 99), event(100, '100.99')].map((each) => each.isSignificantChange(1)),
    ).toEqual([true, true, false]);
    expect([event(null, 1), event(0, 1), event(0, 0)].map((each) => each.isSignificantChange(1))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('has the given id, or one with symbol and time', () => {
    expect([event(1, 2).id, event(1, 2, { id: 'x' }).id]).toEqual([`AAPL@${AT}`, 'x']);
  });

  test('is restored from its CloudEvent through JSON, digit for digit', () => {
    for (const each of [
      event('1.123456789012345678', '12345678901234567890.5', { id: 'e' }),
      event(null, 1),
      event(-1, 0),
    ]) {
      const shape = JSON.parse(JSON.stringify(each)) as ReturnType<PriceChangedEvent['toCloudEvent']>;
      expect(shape).toMatchObject({
        specversion: '1.0',
        type: 'tickmark.price.changed',
        source: 'tickmark',
        subject: 'AAPL',
        datacontenttype: 'application/json',
        time: '2023-11-14T22:13:20.123Z',
      });
      expect(JSON.stringify(PriceChangedEvent.fromCloudEvent(shape))).toBe(JSON.stringify(each));
    }
    expect(event(1, 2).toCloudEvent('venue').source).toBe('venue');
  });

  test.each<[string, Partial<PriceChange>, string]>([
    ['an empty symbol', { symbol: '' }, 'INVALID_ARGUMENT'],
    ['a symbol that is not a string', { symbol: 5 as never }, 'INVALID_ARGUMENT'],
    ['a new price that is none', { newPrice: 'abc' }, 'INVALID_DECIMAL'],
    ['an old price that is none', { oldPrice: NaN }, 'INVALID_DECIMAL'],
    ['a price of 30 digits', { newPrice: '1'.repeat(30) }, 'OUT_OF_RANGE'],
    ['a time that is none', { occurredAt: NaN }, 'INVALID_ARGUMENT'],
    ['a time in nanoseconds', { occurredAt: AT * 1e6 }, 'INVALID_ARGUMENT'],
  ])('with %s is rejected', (_, rest, code) => {
    expect(caught(() => event(1, 2, rest)).code).toBe(code);
  });
});

describe('a batch of price changes', () => {
  test('has changes in columns and returns them as events', () => {
    const changes = [
      { symbol: 'A', oldPrice: null, newPrice: '1.50', occurredAt: AT },
      { symbol: 'B', oldPrice: '2', newPrice: '-3.000001', occurredAt: AT + 5 },
    ];
    const batch = PriceChangedEvent.createBatch(changes, 'id');
    expect([batch.id, batch.length, batch.occurredAt, batch.symbolAt(1)]).toEqual(['id', 2, AT + 5, 'B']);
    expect(rows(batch)).toEqual(['A null 1.5', 'B 2 -3.000001']);
    expect([...batch].map(({ id, occurredAt }) => [id, occurredAt])).toEqual([
      ['id:0', AT],
      ['id:1', AT + 5],
    ]);
    expect(batch.toJSON()).toHaveLength(2);
    expect(PriceChangedEvent.createBatch([]).length).toBe(0);
  });
});
