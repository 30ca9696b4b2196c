import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { startOfUtcDay } from '../../../src/core/calendars/close-dates.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import type { PriceStreamProcessorOptions } from '../../../src/core/ingest/price-stream-processor-options.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import { PriceRejectedError, type PriceUpdate } from '../../../src/core/prices/price-update.js';
import type { PriceDetailName } from '../../../src/core/prices/usable-details.js';
import { SymbolTable } from '../../../src/core/prices/symbol-table.js';
import { caught } from '../../oracle/caught.js';
import { ScriptedBus } from './scripted-bus.js';

const NOW = 1_700_000_000_000;
const GAP: PriceStreamGap = {
  type: 'gap',
  from: 1,
  to: 2,
  symbols: ['A'],
  reason: 'silence',
  recovered: false,
};

function setup(options: Partial<PriceStreamProcessorOptions> = {}) {
  const clock = new FakeClock({ now: NOW });
  const bus = new ScriptedBus(() => clock.monotonic());
  const errors: TickmarkError[] = [];
  const processor = new PriceStreamProcessor({
    bus,
    clock,
    random: () => 0.5,
    onError: (error) => errors.push(error),
    ...options,
  });
  let time = NOW;
  const push = (symbol: string, price: number | string, rest: Partial<PriceUpdate> = {}) =>
    processor.push({ symbol, price, timestamp: ++time, ...rest });
  return { clock, bus, errors, processor, push };
}

describe('updates', () => {
  test('are published at once after a pause, and collected during the throttle', async () => {
    const { bus, clock, push } = setup();
    push('A', 1);
    await clock.advance(0);
    expect(bus.taken.map(({ at }) => at)).toEqual([0]);
    push('A', 2);
    push('A', 3);
    push('B', 4);
    await clock.advance(99);
    expect(bus.taken).toHaveLength(1);
    await clock.advance(1);
    expect([bus.taken.length, bus.prices]).toEqual([2, ['A 1', 'A 3', 'B 4']]);
  });

  test('are published as soon as the bus is free without a throttle', async () => {
    const { bus, clock, push } = setup({ throttle: false });
    bus.mood = 'hang';
    push('A', 1);
    await clock.advance(0);
    push('A', 2);
    push('A', 3);
    await clock.advance(1000);
    expect(bus.begun).toHaveLength(1);
    bus.mood = 'take';
    bus.release(true);
    await clock.advance(0);
    expect(bus.prices).toEqual(['A 1', 'A 3']);
  });

  test('are published in batches of at most batchSize, one directly after the other', async () => {
    const { bus, clock, push } = setup({ batchSize: 2 });
    for (const symbol of ['A', 'B', 'C', 'D', 'E']) push(symbol, 1);
    await clock.advance(0);
    expect(bus.taken.map(({ at, batch }) => [at, batch!.length])).toEqual([
      [0, 2],
      [0, 2],
      [0, 1],
    ]);
  });

  test('are published with all their fields', async () => {
    const { bus, clock, push } = setup();
    push('A', '1.50', {
      timestamp: NOW - 7,
      bid: '1.4',
      ask: 1.6,
      previousClose: 1,
      currency: 'GBp',
      state: 'delayed',
      sequence: 9,
    });
    push('B', 2, { timeSource: 'received', timestamp: NOW - 3, receivedAt: NOW - 2 });
    await clock.advance(5);
    const { prices } = bus.taken[0]!.batch!;
    expect([
      prices.price(0).toString(),
      prices.timestamps[0],
      prices.receivedAt[0],
      prices.received[0],
      prices.venueTimes[0],
      prices.arrivals[0],
    ]).toEqual(['1.5', NOW - 7, NOW, 0, NOW - 7, NOW * 1000]);
    expect(prices.details[0]).toEqual({
      bid: '1.4',
      ask: 1.6,
      previousClose: 1,
      previousCloseAt: startOfUtcDay(NOW),
      currency: 'GBp',
      state: 'delayed',
    });
    expect([prices.timestamps[1], prices.receivedAt[1], prices.received[1], prices.details[1]]).toEqual([
      NOW - 3,
      NOW - 2,
      1,
      undefined,
    ]);
    expect([prices.venueTimes[1], prices.arrivals[1]]).toEqual([0, NOW * 1000 + 1]);
  });

  test('pushed by symbol number arrive at the time of the clock or of the caller, not of the venue', async () => {
    const { bus, clock, processor } = setup();
    const [a, b] = [processor.symbolId('A'), processor.symbolId('B')];
    expect(processor.pushId(a, 1.5, NOW - 120_000)).toBe(true);
    expect(processor.pushId(b, 2, NOW - 120_000, 4, NOW - 6)).toBe(true);
    await clock.advance(0);
    const { prices } = bus.taken[0]!.batch!;
    expect([...prices.timestamps]).toEqual([NOW - 120_000, NOW - 120_000]);
    expect([...prices.receivedAt]).toEqual([NOW, NOW - 6]);
    expect([...prices.venueTimes]).toEqual([NOW - 120_000, NOW - 120_000]);
  });

  test('far ahead of their receipt do not block later updates of their symbol', async () => {
    const { bus, clock, push } = setup();
    push('A', 1, { timestamp: NOW + 90_000, receivedAt: NOW });
    expect(push('A', 2, { timestamp: NOW, receivedAt: NOW, timeSource: 'received' })).toBe(true);
    expect(push('A', 3, { timestamp: NOW + 99_000, receivedAt: NOW })).toBe(true);
    expect(push('A', 4, { timestamp: NOW - 90_000, receivedAt: NOW })).toBe(false);
    expect(push('A', 5, { timestamp: NOW - 40, receivedAt: NOW })).toBe(true);
    await clock.advance(0);
    expect(bus.prices).toEqual(['A 5']);
  });

  test('without conflation are all published, in order, each with the price before it', async () => {
    const { bus, clock, push } = setup({ conflate: false, batchSize: 3 });
    for (let price = 1; price <= 5; price++) push('A', price);
    await clock.advance(0);
    const events = bus.taken.flatMap(({ batch }) => [...batch!]);
    expect(events.map(({ oldPrice, newPrice }) => `${oldPrice} ${newPrice}`)).toEqual([
      'null 1',
      '1 2',
      '2 3',
      '3 4',
      '4 5',
    ]);
  });

  test('for a full queue replace the oldest one or are dropped, and are counted', async () => {
    for (const [overflow, arrive, accepted] of [
      ['drop-oldest', ['A 3', 'A 4'], [true, true, true, true]],
      ['drop-newest', ['A 1', 'A 2'], [true, true, false, false]],
    ] as const) {
      const { bus, clock, processor, push } = setup({ conflate: false, maxQueued: 2, overflow });
      expect([1, 2, 3, 4].map((price) => push('A', price))).toEqual(accepted);
      expect(processor.stats()).toMatchObject({ received: 4, overflowed: 2, pending: 2 });
      await clock.advance(0);
      expect(bus.prices).toEqual(arrive);
    }
  });

  test('dropped by a full queue do not make later ones outdated', async () => {
    const { bus, clock, push } = setup({ conflate: false, maxQueued: 1, overflow: 'drop-newest' });
    push('A', 1, { timestamp: NOW });
    push('A', 2, { timestamp: NOW + 100 });
    await clock.advance(0);
    expect(push('A', 3, { timestamp: NOW + 50 })).toBe(true);
    await clock.advance(100);
    expect(bus.prices).toEqual(['A 1', 'A 3']);
  });

  test('of many symbols are published although the bus is always busy, for thousands of batches', async () => {
    const { bus, clock, processor, push } = setup({ throttle: false, batchSize: 2 });
    bus.mood = 'hang';
    for (let round = 0; round < 3_000; round++) {
      for (const symbol of ['A', 'B', 'C', 'D', 'E']) push(symbol, round * 10 + symbol.charCodeAt(0));
      await clock.advance(0);
      bus.release(true);
    }
    bus.mood = 'take';
    bus.release(true);
    await clock.runAll();
    expect(new Set(bus.prices.slice(-5))).toEqual(
      new Set(['A', 'B', 'C', 'D', 'E'].map((s) => `${s} ${29_990 + s.charCodeAt(0)}`)),
    );
    const { received, delivered, conflated } = processor.stats();
    expect(received).toBe(delivered + conflated);
    expect(delivered).toBeGreaterThan(5_000);
  });
});

test('of any number of new symbols displace no waiting one', async () => {
  const { bus, clock, processor, push } = setup({ throttle: false, batchSize: 7 });
  const expected = new Set<string>();
  bus.mood = 'hang';
  for (let i = 0; i < 500; i++) {
    push(`S${i}`, i + 1);
    expected.add(`S${i} ${i + 1}`);
    if (i % 5 !== 0) continue;
    await clock.advance(0);
    bus.release(true);
  }
  bus.mood = 'take';
  bus.release(true);
  await clock.runAll();
  expect(new Set(bus.prices)).toEqual(expected);
  expect(processor.stats()).toMatchObject({ delivered: 500, pending: 0 });
});

describe('a bus that rejects', () => {
  test('delays prices but loses none, and each failure is reported', async () => {
    const { bus, clock, errors, processor, push } = setup();
    bus.mood = 'reject';
    push('A', 1);
    push('B', 1);
    await clock.advance(0);
    push('A', 2);
    bus.mood = 'throw';
    await clock.advance(60);
    expect(errors.map(({ code, retryable }) => [code, retryable])).toEqual(
      Array(errors.length).fill(['BUS_FAILED', true]),
    );
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expect((errors[0]!.cause as Error).message).toBe('rejected by the bus');
    bus.mood = 'take';
    await clock.runAll();
    expect(new Set(bus.prices)).toEqual(new Set(['A 2', 'B 1']));
    expect(processor.stats()).toMatchObject({
      received: 3,
      delivered: 2,
      conflated: 1,
      retries: errors.length,
    });
  });

  test('gets the rejected updates again before newer ones, in order', async () => {
    const { bus, clock, push } = setup({ batchSize: 3 });
    bus.mood = 'hang';
    for (const symbol of ['A', 'B', 'C']) push(symbol, 1);
    await clock.advance(0);
    push('D', 2);
    push('B', 2);
    bus.mood = 'take';
    bus.release(false);
    await clock.runAll();
    expect(bus.prices).toEqual(['A 1', 'C 1', 'D 2', 'B 2']);
  });

  test('is called again after at most 50 ms, doubling to 2 s, with jitter from the random source', async () => {
    const { bus, clock, push } = setup({ random: () => 1 - 2 ** -53 });
    bus.mood = 'reject';
    push('A', 1);
    await clock.advance(20_000);
    const waits = bus.begun.slice(1).map((at, i) => Math.round(at - bus.begun[i]!));
    expect(waits.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000]);
  });

  test('does not stop the stream, nor does an onError that throws', async () => {
    const failing = () => {
      throw new Error('reporter');
    };
    const { bus, clock, push } = setup({
      onError: failing,
      logger: { debug: failing, info: failing, warn: failing, error: failing },
    });
    bus.mood = 'throw';
    push('A', 1);
    push('', 1);
    await clock.advance(0);
    bus.mood = 'take';
    await clock.runAll();
    expect(bus.prices).toEqual(['A 1']);
  });
});

describe('a gap', () => {
  test('is published before the prices after it, or alone if there are none, and retried until the bus takes it', async () => {
    const { bus, clock, processor, push } = setup();
    bus.mood = 'reject';
    processor.pushGap(GAP);
    push('A', 1);
    await clock.advance(0);
    bus.mood = 'take';
    await clock.runAll();
    processor.pushGap({ ...GAP, from: 5 });
    await clock.runAll();
    expect(bus.taken.map(({ gaps, batch }) => [gaps.map(({ from }) => from), batch?.length])).toEqual([
      [[1], 1],
      [[5], undefined],
    ]);
    expect(processor.stats().gaps).toBe(2);
  });
});

describe('attach()', () => {
  function fakeStream() {
    const listeners = new Set<(message: PriceStreamMessage) => void>();
    return {
      listeners,
      onMessage: (listener: (message: PriceStreamMessage) => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      emit: (message: PriceStreamMessage) => listeners.forEach((listener) => listener(message)),
    };
  }

  test('takes prices and gaps of a stream until it is released', async () => {
    const { bus, clock, processor } = setup();
    const stream = fakeStream();
    const release = processor.attach(stream);
    stream.emit(GAP);
    stream.emit({ symbol: 'A', price: 1, timestamp: NOW });
    await clock.advance(0);
    expect([bus.prices, bus.taken[0]!.gaps]).toEqual([['A 1'], [GAP]]);
    release();
    release();
    expect(stream.listeners.size).toBe(0);
  });

  test('leaves no listener on the stream and no timer once the processor is closed', async () => {
    const { bus, clock, processor, push } = setup();
    const streams = [fakeStream(), fakeStream()];
    for (const stream of streams) processor.attach(stream);
    push('A', 1);
    await clock.advance(0);
    push('A', 2);
    const closing = processor.close();
    expect(streams.map(({ listeners }) => listeners.size)).toEqual([0, 0]);
    await closing;
    expect([bus.prices, clock.pending]).toEqual([['A 1', 'A 2'], 0]);
  });
});

describe('flush()', () => {
  test('publishes despite the throttle, and resolves when the bus has taken everything', async () => {
    const { bus, clock, processor, push } = setup();
    push('A', 1);
    await processor.flush();
    push('A', 2);
    await processor.flush();
    expect([bus.prices, clock.monotonic()]).toEqual([['A 1', 'A 2'], 0]);
    await processor.flush();
    expect(bus.taken).toHaveLength(2);
  });
});

describe('close()', () => {
  test('publishes waiting updates, rejects new ones, and may be called twice', async () => {
    const { bus, clock, processor, push } = setup();
    push('A', 1);
    await clock.advance(0);
    push('A', 2);
    const first = processor.close();
    for (const call of [
      () => push('A', 3),
      () => processor.pushId(0, 3, NOW),
      () => processor.pushGap(GAP),
      () => processor.attach({ onMessage: () => () => {} }),
    ]) {
      expect(caught(call).code).toBe('CLOSED');
    }
    await Promise.all([first, processor.close(), processor[Symbol.asyncDispose]()]);
    expect([bus.prices, processor.stats().received, clock.pending]).toEqual([['A 1', 'A 2'], 2, 0]);
  });

  test('waits for a hanging bus until its timeout, then drops and counts the waiting updates', async () => {
    const { bus, clock, processor, push } = setup();
    bus.mood = 'hang';
    push('A', 1);
    await clock.advance(0);
    push('B', 2);
    let isDone = false;
    void processor.close({ timeoutMs: 300 }).then(() => (isDone = true));
    await clock.advance(299);
    expect(isDone).toBe(false);
    await clock.advance(1);
    expect([isDone, clock.pending]).toEqual([true, 0]);
    expect(processor.stats()).toMatchObject({ received: 2, delivered: 0, overflowed: 2, pending: 0 });
    bus.release(true);
    await clock.settle();
    expect(processor.stats()).toMatchObject({ delivered: 0, overflowed: 2 });
  });

  test.each([NaN, -1, Infinity, 2 ** 31])(
    'rejects a timeout of %d and leaves the processor open',
    async (timeoutMs) => {
      const { processor, push } = setup();
      await expect(processor.close({ timeoutMs })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(push('A', 1)).toBe(true);
      await processor.close();
    },
  );
});

describe('invalid input', () => {
  test('is counted by reason, reported and dropped, and never throws', async () => {
    const { bus, clock, errors, processor, push } = setup();
    expect([
      push('A', NaN),
      push('A', 0),
      push('A', '-1'),
      push('', 1),
      processor.push(null as never),
    ]).toEqual(Array(5).fill(false));
    expect(processor.pushId(processor.symbolId('A'), Infinity, NOW)).toBe(false);
    expect(processor.pushId(0, 1, NaN)).toBe(false);
    expect(processor.pushId(0, 1, NOW, 1, NaN)).toBe(false);
    expect(processor.stats()).toMatchObject({
      received: 8,
      rejected: 8,
      rejections: {
        'not-a-number': 1,
        'not-positive': 2,
        'empty-symbol': 1,
        'not-an-update': 1,
        'not-finite': 1,
        'bad-timestamp': 2,
      },
    });
    const reasons = (): unknown[] => errors.map((error) => (error as PriceRejectedError).reason);
    const each = [
      'not-a-number',
      'not-positive',
      'empty-symbol',
      'not-an-update',
      'not-finite',
      'bad-timestamp',
    ];
    expect(reasons()).toEqual(each);
    expect(
      errors.every((error) => error instanceof PriceRejectedError && error.code === 'PRICE_REJECTED'),
    ).toBe(true);
    await clock.advance(59_999);
    push('A', NaN);
    expect(errors).toHaveLength(6);
    await clock.advance(1);
    push('A', NaN);
    expect(reasons()).toEqual([...each, 'not-a-number']);
    await clock.advance(1000);
    expect(bus.begun).toEqual([]);
  });

  // IEX-API#20, ccxt#8908, py-futu-api#263: quotes of 0 at the limit, after hours and for new issues.
  test.each<[string, PriceDetailName, object, object]>([
    ['a bid of 0', 'bid', { bid: 0, ask: '0.06' }, { ask: '0.06' }],
    ['an ask of 0', 'ask', { bid: '0.04', ask: '0' }, { bid: '0.04' }],
    ['a bid of null', 'bid', { bid: null }, {}],
    ['a bid that is text', 'bid', { bid: 'n/a', state: 'halted' }, { state: 'halted' }],
    ['a previous close of 0', 'previousClose', { previousClose: 0, currency: 'EUR' }, { currency: 'EUR' }],
    ['a previous close of NaN', 'previousClose', { previousClose: NaN }, {}],
    [
      'a time of the close that is none',
      'previousCloseAt',
      { previousClose: 1, previousCloseAt: '1' },
      { previousClose: 1, previousCloseAt: startOfUtcDay(NOW) },
    ],
    [
      'a time of the close in seconds',
      'previousCloseAt',
      { previousClose: 1, previousCloseAt: NOW / 1000 },
      { previousClose: 1, previousCloseAt: startOfUtcDay(NOW) },
    ],
    [
      'a time of the close in microseconds',
      'previousCloseAt',
      { previousClose: 1, previousCloseAt: NOW * 1000 },
      { previousClose: 1, previousCloseAt: startOfUtcDay(NOW) },
    ],
    ['a kind of time that is none', 'timeSource', { timeSource: 'recieved' }, {}],
    ['accrued interest that is none', 'accrued', { accrued: Infinity }, {}],
    ['interest at the close that is none', 'previousAccrued', { previousAccrued: {} }, {}],
    ['a currency of null', 'currency', { currency: null, bid: 1 }, { bid: 1 }],
    ['a state that is none', 'state', { state: 'paused', bid: 1 }, { bid: 1 }],
    ['a sequence number of null', 'sequence', { sequence: null }, {}],
    ['a sequence number that is text', 'sequence', { sequence: '5' }, {}],
    ['a time of receipt that is none', 'receivedAt', { receivedAt: NaN }, {}],
  ])('in a detail costs the detail, not the price: %s', async (_, name, given, kept) => {
    const { bus, clock, errors, processor } = setup();
    const update = { symbol: 'OPT', price: '0.05', timestamp: NOW, ...given } as PriceUpdate;
    expect([processor.push(update), processor.push({ ...update, timestamp: NOW + 1 })]).toEqual([true, true]);
    expect(processor.stats()).toMatchObject({ rejected: 0, droppedDetails: { [name]: 2 } });
    expect(errors.map(({ code, message }) => [code, message.includes(`"OPT": ${name} `)])).toEqual([
      ['DETAIL_DROPPED', true],
    ]);
    expect(errors[0]!.message).toContain('the price "0.05" was taken. Accepted is ');
    await clock.advance(1000);
    const details = bus.taken[0]!.batch!.prices.details[0] ?? {};
    const has = Object.entries(details).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(has)).toEqual(kept);
    expect(bus.prices).toEqual(['OPT 0.05']);
  });

  // yfinance#391, intrinio#19: doubles with 17 digits, as text.
  test.each([
    ['95.80999755859375', '95.8099975585938'],
    ['0.1000000014901161193847656', '0.100000001490116'],
    ['123456789.123456789', '123456789.123457'],
    ['1.00000000000000000000', '1'],
  ])('is not a price with many digits: %s', async (price, taken) => {
    const { bus, clock, errors, processor, push } = setup();
    expect(push('A', price)).toBe(true);
    await clock.advance(1000);
    expect(bus.prices).toEqual([`A ${taken}`]);
    expect([processor.stats().rounded, errors]).toEqual([price.startsWith('1.000') ? 0 : 1, []]);
  });

  test.each([[undefined], ['A'], [null], [{ A: 1 }]])(
    'in the symbols of a gap, %o, is refused',
    (symbols) => {
      const { errors, processor } = setup();
      processor.pushGap({
        type: 'gap',
        from: NOW,
        to: NOW,
        symbols,
        reason: 'silence',
        recovered: true,
      } as never);
      expect([processor.stats().rejections, errors.length]).toEqual([{ 'not-an-update': 1 }, 1]);
      expect(errors[0]!.message).toContain('a gap has a list of symbols');
    },
  );

  test('is a price that is too large, or too small, for tickmark', () => {
    const { processor, push } = setup();
    expect([
      push('A', '12345678901234567.8'),
      push('A', '0.0000000000000000001'),
      push('A', '1e309'),
    ]).toEqual([false, false, false]);
    expect(processor.stats().rejections).toEqual({ 'too-many-digits': 3 });
  });

  test('is not an update with a price of zero or below if that is allowed', async () => {
    const { bus, clock, push } = setup({ allowNonPositive: true });
    expect([push('OIL', -37.63), push('X', 0)]).toEqual([true, true]);
    await clock.advance(0);
    expect(bus.prices).toEqual(['OIL -37.63', 'X 0']);
  });

  test.each([-1, 1, 0.5, NaN, Infinity, 'A', undefined])('in the symbol number %o is rejected', (id) => {
    const { processor } = setup({ symbols: new SymbolTable() });
    processor.symbolId('A');
    const error = caught(() => processor.pushId(id as number, 1, NOW));
    expect([
      error.code,
      error.message.startsWith('PriceStreamProcessor.pushId: id: expected a number from symbolId()'),
    ]).toEqual(['INVALID_ARGUMENT', true]);
    expect(processor.stats().received).toBe(0);
  });

  test.each<[string, object]>([
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 1.5 }],
    ['batchSize', { batchSize: NaN }],
    ['maxQueued', { maxQueued: 0 }],
    ['batchTimeoutMs', { batchTimeoutMs: -1 }],
    ['batchTimeoutMs', { batchTimeoutMs: Infinity }],
    ['batchTimeoutMs', { batchTimeoutMs: 2 ** 31 }],
    ['throttle', { throttle: 101 }],
    ['throttle', { throttle: NaN }],
    ['throttle', { throttle: 'fast' }],
    ['overflow', { overflow: 'drop-all' }],
  ])('in the option %s (%o) is rejected with what is accepted', (name, options) => {
    const error = caught(() => setup(options));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(new RegExp(`^PriceStreamProcessor: ${name}: expected .+, got .+\\.$`));
  });
});
