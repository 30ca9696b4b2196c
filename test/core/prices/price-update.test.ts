import { describe, expect, test } from 'vitest';
import {
  PriceRejectedError,
  detailsOf,
  isTime,
  priceFault,
  updateFault,
  type PriceUpdate,
} from '../../../src/core/prices/price-update.js';

const GOOD: PriceUpdate = { symbol: 'A', price: 1, timestamp: 0 };

describe('a price', () => {
  test.each([
    1,
    0.1 + 0.2,
    1e-18,
    1.1e-18,
    9007199254740991,
    1e15 - 0.5,
    '12.50',
    '1e3',
    '.5',
    '9007199254740991',
  ])('%o is accepted', (price) => {
    expect(priceFault(price, false)).toBeNull();
    expect(priceFault(price, true)).toBeNull();
  });

  test.each([0, -0, -37.63, '0', '0.000', '-1', -Number.MIN_VALUE])(
    '%o is not above zero, and is accepted if that is allowed',
    (price) => {
      expect(priceFault(price, false)).toBe('not-positive');
      expect(priceFault(price, true)).toBeNull();
    },
  );

  test.each([1e-19, 4e-19, Number.MIN_VALUE])('%o would be read as zero, and is not above zero', (price) => {
    expect(priceFault(price, false)).toBe('not-positive');
  });

  test.each([
    ['not-a-number', NaN],
    ['not-a-number', 'abc'],
    ['not-a-number', ''],
    ['not-a-number', ' 1'],
    ['not-a-number', 'Infinity'],
    ['not-a-number', '__proto__'],
    ['not-a-number', null],
    ['not-a-number', undefined],
    ['not-a-number', 5n],
    ['not-a-number', {}],
    ['not-a-number', [1]],
    ['not-a-number', true],
    ['not-finite', Infinity],
    ['not-finite', -Infinity],
    ['too-many-digits', 1e300],
    ['too-many-digits', -1e300],
    ['too-many-digits', 2 ** 53],
    ['too-many-digits', '9007199254740992'],
    ['too-many-digits', '0.0000000000000000001'],
    ['too-many-digits', '9'.repeat(100_000)],
  ] as const)('is rejected as %s', (fault, price) => {
    expect(priceFault(price, true)).toBe(fault);
  });
});

describe('an update', () => {
  test('with every field is accepted', () => {
    const full: PriceUpdate = {
      ...GOOD,
      receivedAt: 5,
      timeSource: 'received',
      bid: '0.9',
      ask: 1.1,
      previousClose: 1,
      currency: 'GBp',
      sequence: -3,
      state: 'halted',
    };
    expect(updateFault(full, false)).toBeNull();
    expect(updateFault({ ...GOOD, symbol: '__proto__' }, false)).toBeNull();
    expect(updateFault({ ...GOOD, symbol: 'x'.repeat(256) }, false)).toBeNull();
  });

  test.each<[string, unknown]>([
    ['not-an-update', null],
    ['not-an-update', undefined],
    ['not-an-update', 'A 1'],
    ['not-an-update', 5],
    ['empty-symbol', {}],
    ['empty-symbol', { ...GOOD, symbol: '' }],
    ['empty-symbol', { ...GOOD, symbol: 5 }],
    ['empty-symbol', { ...GOOD, symbol: 'x'.repeat(257) }],
    ['not-a-number', { ...GOOD, price: undefined }],
    ['not-positive', { ...GOOD, price: 0 }],
    ['bad-timestamp', { ...GOOD, timestamp: NaN }],
    ['bad-timestamp', { ...GOOD, timestamp: -1 }],
    ['bad-timestamp', { ...GOOD, timestamp: Infinity }],
    ['bad-timestamp', { ...GOOD, timestamp: '5' }],
    ['bad-timestamp', { ...GOOD, timestamp: undefined }],
    ['bad-timestamp', { ...GOOD, timestamp: 1_700_000_000_000_000_000 }],
    ['unknown-currency', { ...GOOD, currency: 'usd' }],
    ['unknown-currency', { ...GOOD, currency: '' }],
    ['unknown-currency', { ...GOOD, currency: '__proto__' }],
  ])('is rejected as %s: %o', (fault, update) => {
    expect(updateFault(update as PriceUpdate, false)).toBe(fault);
  });

  test('that is rejected has an error that shows it, shortened, and says what is accepted', () => {
    const update = { symbol: '\n'.repeat(500), price: 'x'.repeat(100_000), timestamp: 'y'.repeat(100_000) };
    const error = new PriceRejectedError('not-a-number', update);
    expect([error.code, error.reason, error.update, error.retryable]).toEqual([
      'PRICE_REJECTED',
      'not-a-number',
      update,
      false,
    ]);
    expect(error.message).toContain('must be a number or a decimal string such as "12.50"');
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(400);
    expect(new PriceRejectedError('not-an-update', null).message).toContain(
      'undefined refused (not-an-update)',
    );
    expect(new PriceRejectedError('not-an-update', [update]).message).toContain(
      'It is an array. An update is',
    );
  });

  test.each<[unknown, string]>([
    [undefined, 'timestamp undefined. If the venue gives no time, give that of receipt'],
    [NaN, 'timestamp NaN. The timestamp must be a number: ms'],
    [new Date(0), 'timestamp a Date. The timestamp must be a number: ms'],
    ['2026-10-05T09:30:00Z', 'timestamp "2026-10-05T09:30:00Z". The timestamp must be a number: ms'],
    [1_790_000_000_000n, 'timestamp 1790000000000n. The timestamp must be a number: ms'],
    [1_790_000_000_000_000, 'It looks like microseconds. The timestamp must be a number: ms'],
  ])('with the time %o is refused with what it seems to be, and no other unit', (timestamp, said) => {
    const update = { ...GOOD, timestamp } as PriceUpdate;
    expect(new PriceRejectedError('bad-timestamp', update, 1_790_000_000_000).message).toContain(said);
  });

  test('in an unknown currency names it, and the one that was meant', () => {
    const { message } = new PriceRejectedError('unknown-currency', { ...GOOD, currency: 'usd' });
    expect(message).toContain('Its currency is "usd". Did you mean "USD"? The currency must be known');
  });

  test('has details if it has any of their fields', () => {
    expect(detailsOf(GOOD)).toBeUndefined();
    expect(detailsOf({ ...GOOD, state: 'open' })).toMatchObject({ state: 'open' });
    for (const detail of [{ bid: 1 }, { ask: 1 }, { previousClose: 1 }, { currency: 'USD' }]) {
      expect(detailsOf({ ...GOOD, ...detail })).toMatchObject(detail);
    }
  });
});

test('a time is a number of ms since 1970 that a Date can represent', () => {
  expect([0, 0.5, 1_700_000_000_000, 8.64e15].every(isTime)).toBe(true);
  for (const value of [-1, NaN, Infinity, 8.64e15 + 2, '5', null, undefined, new Date()])
    expect(isTime(value)).toBe(false);
});
