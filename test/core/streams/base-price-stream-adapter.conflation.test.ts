import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MockPriceStreamAdapter } from '../../../src/mock/mock-price-stream-adapter.js';
import { ConflatedMessages } from '../../../src/core/streams/conflated-messages.js';
import { isGap, type PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';

const price = (symbol: string, value: number): PriceStreamMessage => ({
  symbol,
  price: value,
  timestamp: value,
});
const gap = (from: number, to: number, more: Partial<PriceStreamGap> = {}): PriceStreamGap => ({
  type: 'gap',
  from,
  to,
  symbols: ['A'],
  reason: 'disconnect',
  recovered: true,
  ...more,
});

function through(messages: readonly PriceStreamMessage[]): PriceStreamMessage[] {
  const backlog = new ConflatedMessages();
  for (const message of messages) backlog.push(message);
  const out: PriceStreamMessage[] = [];
  for (let each = backlog.shift(); each; each = backlog.shift()) out.push(each);
  return out;
}

describe('the backlog of a stream', () => {
  test('keeps the newest price of a symbol, in the place of the oldest one', () => {
    expect(through([price('A', 1), price('B', 2), price('A', 3)])).toEqual([price('A', 3), price('B', 2)]);
  });

  test('never moves a price ahead of the gap before it', () => {
    expect(through([price('A', 1), price('B', 2), gap(2, 3), price('A', 4)])).toEqual([
      price('B', 2),
      gap(2, 3),
      price('A', 4),
    ]);
  });

  test('merges gaps of the same kind without a price between them', () => {
    const messages = [gap(1, 2), price('A', 3), gap(3, 4, { symbols: ['B'] }), price('A', 5), price('A', 6)];
    expect(through(messages)).toEqual([gap(1, 4, { symbols: ['A', 'B'] }), price('A', 6)]);
  });

  test('keeps gaps of different kinds apart', () => {
    const other = gap(3, 4, { reason: 'sequence' });
    expect(through([gap(1, 2), price('A', 3), other, price('A', 5)])).toEqual([
      gap(1, 2),
      other,
      price('A', 5),
    ]);
  });

  test('copies prices, which the adapter may reuse', () => {
    const backlog = new ConflatedMessages();
    const reused = { symbol: 'A', price: 1, timestamp: 1 };
    backlog.push(reused);
    reused.price = 2;
    expect(backlog.shift()).toEqual(price('A', 1));
  });

  test('has the newest prices after the newest gaps, whatever the messages, and at most one price per symbol', () => {
    const message = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('A', 'B', 'C').map((symbol) => ({ symbol })) },
      {
        weight: 1,
        arbitrary: fc.record({
          reason: fc.constantFrom<PriceStreamGap['reason']>('disconnect', 'silence'),
          recovered: fc.boolean(),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 60 }), (script) => {
        const given = script.map((each, at): PriceStreamMessage =>
          'symbol' in each ? price(each.symbol, at) : gap(at, at, each),
        );
        const out = through(given);
        const newest = new Map<string, PriceStreamMessage>();
        for (const each of given) if (!isGap(each)) newest.set(each.symbol, each);
        const prices = out.filter((each) => !isGap(each));
        expect(new Set(prices)).toEqual(new Set(newest.values()));
        expect(prices).toHaveLength(newest.size);
        // There are four kinds of gaps, and at most one of each kind between two prices.
        expect(out.length).toBeLessThanOrEqual(newest.size + 4 * (newest.size + 1));
        for (const lost of given.filter(isGap)) {
          const kept = out.findIndex(
            (each) =>
              isGap(each) &&
              each.reason === lost.reason &&
              each.recovered === lost.recovered &&
              each.from <= lost.from &&
              each.to >= lost.to,
          );
          expect(kept).toBeGreaterThanOrEqual(0);
          const overtook = out.slice(0, kept).filter((each) => !isGap(each) && each.timestamp > lost.to);
          expect(overtook).toEqual([]);
        }
      }),
    );
  });
});

describe('the async iterator of a stream', () => {
  async function stream(): Promise<MockPriceStreamAdapter> {
    const mock = new MockPriceStreamAdapter({ intervalMs: 0 });
    await mock.connect();
    await mock.subscribe(['A', 'B']);
    return mock;
  }

  test('returns each message to a waiting reader, and the newest prices to a slow one', async () => {
    const mock = await stream();
    const reader = mock[Symbol.asyncIterator]();
    const waiting = [reader.next(), reader.next()];
    mock.emit(price('A', 1));
    mock.emit(price('A', 2));
    expect(await Promise.all(waiting)).toEqual([
      { value: price('A', 1), done: false },
      { value: price('A', 2), done: false },
    ]);
    for (let value = 3; value <= 1000; value++) mock.emit(price('A', value));
    expect((await reader.next()).value).toEqual(price('A', 1000));
    await mock.disconnect();
  });

  test('starts at the call and ends with disconnect(), which drops waiting messages', async () => {
    const mock = await stream();
    mock.emit(price('A', 1));
    const [idle, behind] = [mock[Symbol.asyncIterator](), mock[Symbol.asyncIterator]()];
    const waiting = idle.next();
    mock.emit(price('A', 2));
    expect((await waiting).value).toEqual(price('A', 2));
    const [last, afterLast] = [idle.next(), idle.next()];
    await mock.disconnect();
    expect(await last).toEqual({ value: undefined, done: true });
    expect((await afterLast).done).toBe(true);
    expect((await behind.next()).done).toBe(true);
  });

  test('receives nothing after its reader has left the loop', async () => {
    const mock = await stream();
    const seen: PriceStreamMessage[] = [];
    mock.emit(price('A', 1));
    const loop = (async () => {
      for await (const message of { [Symbol.asyncIterator]: () => mock[Symbol.asyncIterator]() }) {
        seen.push(message);
        break;
      }
    })();
    mock.emit(price('B', 2));
    await loop;
    mock.emit(price('A', 3));
    expect(seen).toEqual([price('B', 2)]);
    await mock.disconnect();
  });
});
