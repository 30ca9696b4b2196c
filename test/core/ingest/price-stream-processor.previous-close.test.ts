import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import { ScriptedBus } from './scripted-bus.js';

const NOW = Date.parse('2026-11-30T15:00:00Z');
const CLOSED = Date.parse('2026-11-27T18:00:00Z');

function world(options: object = {}) {
  const clock = new FakeClock({ now: NOW });
  const bus = new ScriptedBus(() => clock.monotonic());
  const errors: string[] = [];
  const processor = new PriceStreamProcessor({
    bus,
    clock,
    throttle: false,
    onError: ({ message }) => errors.push(message),
    ...options,
  });
  const sent = () =>
    bus.taken.flatMap(({ batch }) =>
      [...(batch ?? [])].map(({ symbol, newPrice }, row) => {
        const { previousClose, previousCloseAt, bid, currency } = batch!.prices.details[row] ?? {};
        return {
          symbol,
          price: newPrice.toString(),
          ...(previousClose !== undefined && { close: String(previousClose), closedAt: previousCloseAt }),
          ...(bid !== undefined && { bid: String(bid) }),
          ...(currency !== undefined && { currency }),
        };
      }),
    );
  const stamps = () =>
    bus.taken.flatMap(({ batch }) =>
      batch ? Array.from(batch.prices.arrivals.subarray(0, batch.length)) : [],
    );
  const push = (price: number, more: object = {}) => {
    processor.push({ symbol: 'A', price, timestamp: clock.now(), ...more });
    return clock.advance(10);
  };
  return { clock, processor, errors, sent, stamps, push };
}

describe.each([
  ['conflating', {}],
  ['keeping every update', { conflate: false }],
])('a previous close that comes by itself, %s', (_, options) => {
  test('goes out with the last price again, with the same stamp and the other details', async () => {
    const { clock, processor, sent, stamps, push } = world(options);
    await push(10, { bid: 9, currency: 'USD' });
    expect(processor.setPreviousClose({ symbol: 'A', price: '8.50', closedAt: CLOSED })).toBe(true);
    await clock.advance(10);
    const price = { symbol: 'A', price: '10', bid: '9', currency: 'USD' };
    expect(sent()).toEqual([price, { ...price, close: '8.50', closedAt: CLOSED }]);
    expect(new Set(stamps()).size).toBe(1);
    await push(11);
    expect(sent().at(-1)).toEqual({
      symbol: 'A',
      price: '11',
      currency: 'USD',
      close: '8.50',
      closedAt: CLOSED,
    });
    const { received, delivered, pending } = processor.stats();
    expect({ received, delivered, pending }).toEqual({ received: 3, delivered: 3, pending: 0 });
    await processor.close();
  });

  test('joins a price that still waits', async () => {
    const { clock, processor, sent } = world(options);
    processor.push({ symbol: 'A', price: 10, timestamp: NOW });
    processor.setPreviousClose({ symbol: 'A', price: 8, closedAt: CLOSED });
    await clock.advance(10);
    expect(sent()).toEqual([{ symbol: 'A', price: '10', close: '8', closedAt: CLOSED }]);
    await processor.close();
  });
});

describe('a previous close that comes by itself', () => {
  test('waits for the first price, also one that is the first to have a currency', async () => {
    const { clock, processor, sent, push } = world();
    processor.setPreviousClose({ symbol: 'A', price: 8, closedAt: CLOSED });
    await clock.advance(10);
    expect(sent()).toEqual([]);
    await push(10, { currency: 'USD' });
    expect(sent()).toEqual([{ symbol: 'A', price: '10', currency: 'USD', close: '8', closedAt: CLOSED }]);
    await push(10.5, { currency: 'EUR' });
    expect(sent().at(-1)).toEqual({ symbol: 'A', price: '10.5', currency: 'EUR' });
    await processor.close();
  });

  test('changes nothing if it is older than the known one, the same, or in another currency', async () => {
    const { clock, processor, sent, push } = world();
    await push(10, { previousClose: 8, previousCloseAt: CLOSED, currency: 'GBp' });
    const set = (closedAt: number, price: number, currency?: string) =>
      processor.setPreviousClose({ symbol: 'A', price, closedAt, currency });
    expect(set(CLOSED - 1, 7)).toBe(false);
    expect(set(CLOSED, 8)).toBe(false);
    expect(set(CLOSED + 1, 0.08, 'GBP')).toBe(false);
    await clock.advance(10);
    expect(sent()).toHaveLength(1);
    // The venue corrects its close.
    expect(set(CLOSED, 7.9, 'GBp')).toBe(true);
    await clock.advance(10);
    expect(sent().at(-1)).toMatchObject({ close: '7.9' });
    await processor.close();
  });

  test('in another currency than the first price is not used', async () => {
    const { processor, sent, push } = world();
    processor.setPreviousClose({ symbol: 'A', price: 8, closedAt: CLOSED, currency: 'EUR' });
    await push(10, { currency: 'USD' });
    expect(sent()).toEqual([{ symbol: 'A', price: '10', currency: 'USD' }]);
    await processor.close();
  });

  test.each([
    ['a price of zero', { price: 0 }],
    ['no price', { price: undefined }],
    ['a time that is none', { closedAt: NaN }],
    ['a time to come', { closedAt: NOW + 60_000 }],
  ])('is dropped and counted with %s', async (_, fault) => {
    const { processor, errors, push } = world();
    await push(10);
    const close = { symbol: 'A', price: 8, closedAt: CLOSED, ...fault } as never;
    expect(processor.setPreviousClose(close)).toBe(false);
    await processor.close();
    if (!('price' in fault && fault.price === undefined)) expect(errors).toHaveLength(1);
  });

  test('of a stream that is down waits for the next price', async () => {
    const { clock, processor, sent, push } = world();
    await push(10);
    processor.setPreviousClose({ symbol: 'A', price: 8, closedAt: CLOSED }, { isQuiet: true });
    await clock.advance(10);
    expect(sent()).toHaveLength(1);
    await push(11);
    expect(sent().at(-1)).toMatchObject({ price: '11', close: '8' });
    await processor.close();
    expect(() => processor.setPreviousClose({ symbol: 'A', price: 8, closedAt: CLOSED })).toThrow('closed');
  });
});
