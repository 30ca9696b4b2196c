import { describe, expect, test } from 'vitest';
import type { PriceUpdate } from 'tickmark';
import { MovingSymbols } from '../../../../src/streams/websocket/links/moving-symbols.js';

const price = (timestamp: number, sequence?: number): PriceUpdate => ({
  symbol: 'A',
  price: '1',
  timestamp,
  ...(sequence !== undefined && { sequence }),
});
const received = (timestamp: number): PriceUpdate => ({ ...price(timestamp), timeSource: 'received' });

describe('a price over the new connection', () => {
  test.each([
    ['of the same time', price(5), price(5), false],
    ['of an older time', price(5), price(4), false],
    ['of a newer time', price(5), price(6), true],
    ['of the same time and sequence', price(5, 7), price(5, 7), false],
    ['of the same time and an older sequence', price(5, 7), price(5, 6), false],
    ['of the same time and a newer sequence', price(5, 7), price(5, 8), true],
    ['of a newer time whose sequence started again', price(5, 7), price(6, 1), true],
    ['of the same time, without a sequence', price(5, 7), price(5), false],
    ['with a time of receipt', price(5, 7), received(4), true],
    ['after one with a time of receipt', received(5), price(4), true],
  ])('%s as the last one over the old connection: delivered is %o → %o', (_, old, next, isDelivered) => {
    const moving = new MovingSymbols();
    expect(moving.acceptsOld(old)).toBe(true);
    expect(moving.acceptsNew(next)).toBe(isDelivered);
    expect(moving.has('A')).toBe(isDelivered);
    expect(moving.acceptsOld(price(9, 9))).toBe(!isDelivered);
  });

  test('is delivered when the old connection has sent none, and again after it has missed some', () => {
    const moving = new MovingSymbols();
    expect(moving.acceptsNew(price(1))).toBe(true);
    const missed = new MovingSymbols();
    missed.acceptsOld(price(5));
    missed.missed(['A']);
    expect(missed.acceptsNew(price(5))).toBe(true);
  });
});
