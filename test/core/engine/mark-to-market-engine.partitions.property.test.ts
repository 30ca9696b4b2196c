import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { PRICES_CHANGED } from '../../../src/core/prices/price-changed-event.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { STREAM_GAP, type StreamGapEvent } from '../../../src/core/prices/stream-gap-event.js';
import type { DomainEvent, EventBus } from '../../../src/core/messaging/event-bus.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { sized } from '../../sizes.js';

const numRuns = sized({ quick: 300, gate: 600, full: 100_000 });
const NOW = 1_700_000_000_000;
const SYMBOLS = ['A', 'B', 'GBP/USD'];

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const update = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  price: fc.integer({ min: 1, max: 99 }),
  /** The venue time: some time before or after the receipt, sometimes far ahead. */
  lag: fc.constantFrom(0, 1, 5, 40, 3000, -300, -20_000),
  isReceived: fc.boolean(),
  sequence: optional(fc.integer({ min: 1, max: 5 })),
  previousClose: optional(fc.integer({ min: 1, max: 99 })),
  currency: optional(fc.constantFrom('GBP', 'GBX', 'USD')),
  bid: optional(fc.integer({ min: 1, max: 99 })),
  state: optional(
    fc.constantFrom('open', 'closed', 'delayed') as fc.Arbitrary<'open' | 'closed' | 'delayed'>,
  ),
});
const gap = fc.record({ gap: fc.subarray(SYMBOLS, { minLength: 1 }) });
const step = fc.oneof({ weight: 6, arbitrary: update }, { weight: 1, arbitrary: gap });
const scenario = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
  /** After which steps the waiting prices are flushed. */
  flushes: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
  /** Groups of messages that a slow subscriber gets as one message. */
  joins: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
  batchSize: fc.constantFrom(1, 2, 100),
  lookMs: fc.constantFrom(0, 1, 17),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A bus that delivers at once. Where `joins` says so, it merges prices with the next ones, as for a slow subscriber. */
class JoiningBus implements Pick<EventBus, 'publish' | 'subscribe'> {
  readonly #book: PositionBook;
  readonly #joins: boolean[];
  #held: PriceChangedBatch | null = null;

  constructor(book: PositionBook, joins: readonly boolean[]) {
    this.#book = book;
    this.#joins = [...joins];
  }

  publish(given: DomainEvent | readonly DomainEvent[]): Promise<void> {
    for (const event of Array.isArray(given) ? (given as DomainEvent[]) : [given as DomainEvent]) {
      if (event.type === STREAM_GAP) {
        const { gap: told, arrival } = event as StreamGapEvent;
        this.#book.takeGap(told.symbols, arrival!);
        this.#book.computeTotals();
      } else if (event.type === PRICES_CHANGED) {
        const batch = event as PriceChangedBatch;
        this.#held = this.#held ? this.#held.conflate(batch) : batch;
        if (!this.#joins.shift()) this.deliver();
      }
    }
    return Promise.resolve();
  }

  deliver(): void {
    if (this.#held) this.#book.applyPrices(this.#held);
    this.#held = null;
    this.#book.computeTotals();
  }

  subscribe() {
    return () => undefined;
  }
}

async function outcome(
  steps: readonly Step[],
  flushes: readonly boolean[],
  joins: readonly boolean[],
  { batchSize = 100, lookMs = 0 } = {},
): Promise<unknown> {
  const clock = new FakeClock({ now: NOW + 50_000, lookMs });
  const book = new PositionBook({ clock, fx: ['GBP/USD'], staleAfter: 1e9 });
  book.setPortfolio(
    Portfolio.create({
      id: 'p',
      currency: 'USD',
      positions: [
        { symbol: 'A', quantity: 3, averageCost: 1, currency: 'GBP' },
        { symbol: 'B', quantity: -2, averageCost: 1 },
      ],
    }),
  );
  const bus = new JoiningBus(book, joins);
  const processor = new PriceStreamProcessor({
    bus: bus as unknown as EventBus,
    clock,
    batchSize,
    throttle: false,
  });
  for (const [at, each] of steps.entries()) {
    if ('gap' in each)
      processor.pushGap({
        type: 'gap',
        from: 1,
        to: 2,
        symbols: each.gap,
        reason: 'disconnect',
        recovered: true,
      });
    else processor.push(updateOf(each, NOW + 100 * at));
    if (flushes[at]) await processor.flush();
  }
  await processor.flush();
  bus.deliver();
  await processor.close();
  const value = book.value('p', NOW + 60_000)!;
  const board = [...book.knownPrices()].map((price) => ({
    ...price,
    stamp: price.stamp.venueTime,
    gap: null,
  }));
  // Arrival numbers differ with the number of readings of the clock; nothing else does.
  const byName = board.map((price) => ({
    ...price,
    liveUntil: price.liveUntil !== null && price.liveUntil > NOW + 9e8,
  }));
  return JSON.parse(JSON.stringify({ value, board: byName.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) }));
}

function updateOf(
  { lag, isReceived, ...rest }: Exclude<Step, { gap: string[] }>,
  receivedAt: number,
): PriceUpdate {
  const timestamp = isReceived ? receivedAt : receivedAt - lag;
  return { ...rest, timestamp, receivedAt, timeSource: isReceived ? 'received' : 'venue' };
}

test('however updates are divided into bursts, batches and messages, the prices, values and day P&L are the same', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ steps, flushes, joins, ...options }) => {
      const one = await outcome(steps, [], []);
      const each = await outcome(
        steps,
        steps.map(() => true),
        [],
      );
      expect(each).toEqual(one);
      expect(await outcome(steps, flushes, joins, options)).toEqual(one);
    }),
    { numRuns },
  );
});
