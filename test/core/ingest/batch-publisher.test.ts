import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { TickmarkError } from '../../../src/core/errors.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import type { PriceStreamProcessorOptions } from '../../../src/core/ingest/price-stream-processor-options.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import type { StreamGapEvent } from '../../../src/core/prices/stream-gap-event.js';
import { ScriptedBus } from './scripted-bus.js';

const NOW = 1_700_000_000_000;

function setup(options: Partial<PriceStreamProcessorOptions> = {}) {
  const clock = new FakeClock({ now: NOW });
  const bus = new ScriptedBus(() => clock.monotonic());
  const errors: TickmarkError[] = [];
  const processor = new PriceStreamProcessor({
    bus,
    clock,
    batchSize: 100_000,
    onError: (error) => errors.push(error),
    ...options,
  });
  // Only the characters of the symbols count, up to 30 per message.
  let refused = 0;
  bus.onPublish = (events) => {
    for (const event of events) {
      const symbols =
        event instanceof PriceChangedBatch ? [...event].map((each) => each.symbol) : gapSymbols(event);
      if (symbols.join('').length <= 30) continue;
      refused++;
      throw new TickmarkError('MESSAGE_TOO_LARGE', 'too large');
    }
  };
  return { clock, bus, errors, processor, refused: () => refused };
}

const gapSymbols = (event: unknown) => (event as StreamGapEvent).gap.symbols;
const gapOf = (symbols: readonly string[]): PriceStreamGap => ({
  type: 'gap',
  from: 1,
  to: 2,
  symbols,
  reason: 'disconnect',
  recovered: false,
});
const WHALE = 'W'.repeat(31);

describe.each([true, false])('a batch that is too large for the bus (conflate: %s)', (conflate) => {
  test('is published in several messages at once, in order and without an error', async () => {
    const { clock, bus, errors, processor } = setup({ conflate });
    for (let at = 10; at < 74; at++) processor.push({ symbol: `S${at}`, price: at, timestamp: NOW });
    await clock.advance(0);
    expect(bus.prices).toEqual(Array.from({ length: 64 }, (_, at) => `S${at + 10} ${at + 10}`));
    expect(bus.largestBatch).toBe(64);
    expect(errors).toEqual([]);
    expect(processor.stats()).toMatchObject({ delivered: 64, retries: 0, pending: 0, overflowed: 0 });
  });

  test('is not published again at the refused size', async () => {
    const { clock, processor, refused } = setup({ conflate });
    for (let round = 0; round < 3; round++) {
      for (let at = 10; at < 74; at++)
        processor.push({ symbol: `S${at}`, price: at, timestamp: NOW + round });
      await clock.advance(100);
    }
    // 64, 32 and 16 are refused; eight are accepted.
    expect(refused()).toBe(3);
  });

  test('loses only a price that is too large alone, which is reported once and counted', async () => {
    const { clock, bus, errors, processor } = setup({ conflate });
    for (let round = 0; round < 3; round++) {
      for (const symbol of ['A', 'B', WHALE, 'C', 'D'])
        processor.push({ symbol, price: round + 1, timestamp: NOW + round });
      await clock.advance(1000);
    }
    expect(new Set(bus.prices.filter((price) => price.endsWith(' 3')))).toEqual(
      new Set(['A 3', 'B 3', 'C 3', 'D 3']),
    );
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      `MESSAGE_TOO_LARGE The price of "${WHALE}" cannot be sent: it is too large even for a message of its own. It is skipped.`,
    ]);
    const { received, delivered, overflowed, pending } = processor.stats();
    expect([received, delivered, overflowed, pending]).toEqual([15, 12, 3, 0]);
    // The next message has as many as fit.
    expect(bus.taken.at(-1)!.batch!.length).toBeGreaterThan(0);
  });
});

test('a gap too large for one message is published in several, before the prices after it', async () => {
  const { clock, bus, errors, processor } = setup();
  const symbols = Array.from({ length: 40 }, (_, at) => `G${at + 10}`);
  processor.pushGap(gapOf(symbols));
  processor.pushGap(gapOf([WHALE]));
  processor.push({ symbol: 'A', price: 1, timestamp: NOW });
  await clock.advance(0);
  await processor.flush();
  expect(bus.taken.flatMap(({ gaps }) => gaps.flatMap((gap) => gap.symbols))).toEqual(symbols);
  expect(bus.taken.at(-1)).toMatchObject({ gaps: [] });
  expect(bus.prices).toEqual(['A 1']);
  expect(errors.map(({ code, message }) => `${code} ${message.slice(0, 14)}`)).toEqual([
    'MESSAGE_TOO_LARGE A gap of "WWWW',
  ]);
});

test('a message that was too large leaves no timer and no delay', async () => {
  const { clock, bus, processor } = setup();
  processor.push({ symbol: WHALE, price: 1, timestamp: NOW });
  const closed = processor.close();
  await clock.advance(0);
  await closed;
  expect(bus.taken).toEqual([]);
  expect(clock.pending).toBe(0);
});
