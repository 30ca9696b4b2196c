import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { Clock, Timer } from '../../../src/core/clock.js';
import type { PriceStreamGap } from '../../../src/core/prices/price-stream-gap.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { seededRandom } from '../../../src/core/random.js';
import { caught } from '../../oracle/caught.js';
import { sized } from '../../sizes.js';
import { ScriptedBus, type BusMood } from './scripted-bus.js';

const RUNS = { numRuns: sized({ quick: 100, gate: 500, full: 10_000 }) };
const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F'];
const NOW = 1_700_000_000_000;

const push = fc.record({
  kind: fc.constant('push' as const),
  symbol: fc.nat(SYMBOLS.length - 1),
  time: fc.constantFrom(0, 0, 1, 5, -1, -1000, 900, 16_000),
  sequence: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  isReceiveTimed: fc.boolean(),
  isById: fc.boolean(),
});
const burst = fc.record({ kind: fc.constant('burst' as const), size: fc.integer({ min: 1, max: 12 }) });
const bad = fc.record({ kind: fc.constant('bad' as const), which: fc.nat(6), isById: fc.boolean() });
const gap = fc.record({ kind: fc.constant('gap' as const) });
const wait = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.constantFrom(0, 1, 10, 50, 99, 100, 3000),
});
const mood = fc.record({
  kind: fc.constant('mood' as const),
  mood: fc.constantFrom<BusMood>('take', 'take', 'reject', 'throw', 'hang'),
  isTaken: fc.boolean(),
});
const flush = fc.record({ kind: fc.constant('flush' as const) });
const command = fc.oneof(
  { weight: 8, arbitrary: push },
  { weight: 2, arbitrary: burst },
  { weight: 1, arbitrary: bad },
  { weight: 1, arbitrary: gap },
  { weight: 6, arbitrary: wait },
  { weight: 2, arbitrary: mood },
  { weight: 1, arbitrary: flush },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const settings = fc.record({
  conflate: fc.boolean(),
  overflow: fc.constantFrom('drop-oldest' as const, 'drop-newest' as const),
  maxQueued: fc.integer({ min: 1, max: 8 }),
  batchSize: fc.integer({ min: 1, max: 5 }),
  throttle: fc.constantFrom(true, false, 40),
  seed: fc.nat(),
  ending: fc.constantFrom('recovers' as const, 'closes' as const, 'closes while it hangs' as const),
});
type Settings = typeof settings extends fc.Arbitrary<infer S> ? S : never;

const BAD_UPDATES = [
  { symbol: '', price: 1, timestamp: NOW },
  { symbol: 'A', price: NaN, timestamp: NOW },
  { symbol: 'A', price: -1, timestamp: NOW },
  { symbol: 'A', price: '1e99', timestamp: NOW },
  { symbol: 'A', price: 1, timestamp: -1 },
  { symbol: 'A', price: 1, timestamp: NOW, currency: 'nope' },
  null,
];

/** Timers that are due at the same time fire in any order, as they may on a real machine. */
class ShufflingClock implements Clock {
  readonly #clock: FakeClock;
  readonly #random: () => number;

  constructor(clock: FakeClock, seed: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
  }

  now(): number {
    return Math.floor(this.#clock.now());
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#clock.setTimer(callback, delayMs + this.#random() * 0.001);
  }

  defer(callback: () => void): Timer {
    return this.#clock.setTimer(callback, this.#random() * 0.001);
  }
}

interface Known {
  readonly price: number;
  readonly timestamp: number;
  readonly isReceiveTimed: boolean;
  readonly receivedAt: number;
  readonly sequence: number | undefined;
}

/** The accepted updates of a symbol, the newest last, and how many there were at its last gap. */
interface Accepted {
  readonly updates: Known[];
  gap: number;
}

const FAR_AHEAD_MS = 1000;

/** The venue time of an update that decides its order. */
function orderedTime({ timestamp, receivedAt, isReceiveTimed }: Known): number {
  if (isReceiveTimed) return 0;
  return timestamp > receivedAt + FAR_AHEAD_MS ? receivedAt - FAR_AHEAD_MS : Math.min(timestamp, receivedAt);
}

/** Whether an update is older than the accepted ones of its symbol, by the documented rule. */
function isOutdated(update: Known, { updates, gap }: Accepted): boolean {
  const { timestamp, receivedAt, sequence = NaN, isReceiveTimed } = update;
  const hasNoTime = isReceiveTimed || timestamp > receivedAt + FAR_AHEAD_MS;
  const timed = updates.filter(
    (each) => !each.isReceiveTimed && each.timestamp <= each.receivedAt + FAR_AHEAD_MS,
  );
  const last = timed.at(-1);
  if (!hasNoTime) {
    if (updates.some((each) => timestamp < orderedTime(each))) return true;
    // Both are ahead of their receipts, so their times can be compared as they were sent.
    if (last && timestamp < last.timestamp && timestamp > receivedAt) return true;
  } else if (isReceiveTimed && receivedAt < (updates.at(-1)?.receivedAt ?? 0)) return true;
  // Sequence numbers count from the first update of the newest venue time, and from the last gap.
  if (!hasNoTime && last?.timestamp !== timestamp) return false;
  const older = timed.findLast((each) => each.timestamp !== last!.timestamp);
  const first = last ? timed.find((each) => updates.indexOf(each) > updates.indexOf(older!))! : updates[0]!;
  return updates
    .slice(Math.max(updates.indexOf(first), gap))
    .some((each) => sequence < (each.sequence ?? NaN));
}

/** A processor, and a model of what it may do. */
class Run {
  readonly clock = new FakeClock({ now: NOW });
  readonly bus = new ScriptedBus(() => this.clock.monotonic());
  readonly processor: PriceStreamProcessor;
  readonly accepted = new Map<string, Accepted>(SYMBOLS.map((symbol) => [symbol, { updates: [], gap: 0 }]));
  readonly gapsBefore = new Map<string, number>();
  readonly #settings: Settings;
  #gaps = 0;
  #lastPrice = 0;
  #received = 0;
  #outdated = 0;
  #rejected = 0;
  #isClosed = false;

  constructor(options: Settings) {
    this.#settings = options;
    const { seed: _seed, ending: _ending, ...own } = options;
    this.processor = new PriceStreamProcessor({
      ...own,
      bus: this.bus,
      clock: new ShufflingClock(this.clock, options.seed),
      random: seededRandom(options.seed + 1),
      onError: () => {
        throw new Error('a reporter that throws');
      },
    });
    for (const symbol of SYMBOLS) this.processor.symbolId(symbol);
  }

  async do(step: Command): Promise<void> {
    if (step.kind === 'push') this.push(SYMBOLS[step.symbol]!, step);
    else if (step.kind === 'burst') for (let i = 0; i < step.size; i++) this.push(SYMBOLS[i % 5]!, {});
    else if (step.kind === 'bad') this.#pushBad(step);
    else if (step.kind === 'gap') this.#pushGap();
    else if (step.kind === 'wait') await this.clock.advance(step.ms);
    else if (step.kind === 'flush') void this.processor.flush();
    else {
      this.bus.mood = step.mood;
      if (step.mood !== 'hang') this.bus.release(step.isTaken);
    }
    await this.clock.settle();
    this.check();
  }

  push(
    symbol: string,
    {
      time = 0,
      sequence,
      isReceiveTimed = false,
      isById = false,
    }: { time?: number; sequence?: number; isReceiveTimed?: boolean; isById?: boolean },
  ): void {
    const receivedAt = Math.floor(this.clock.now());
    const price = ++this.#lastPrice;
    const update: Known = {
      price,
      timestamp: receivedAt + time,
      isReceiveTimed: isReceiveTimed && !isById,
      receivedAt,
      sequence,
    };
    const { overflow, conflate, maxQueued } = this.#settings;
    const isFull = !conflate && this.processor.stats().pending - this.bus.hangingPrices >= maxQueued;
    const isRefused = isFull && overflow === 'drop-newest';
    const known = this.accepted.get(symbol)!;
    const outdated = !isRefused && isOutdated(update, known);
    const accepted = isById
      ? this.processor.pushId(this.processor.symbolId(symbol), price, update.timestamp, sequence)
      : this.processor.push({
          symbol,
          price,
          timestamp: update.timestamp,
          sequence,
          timeSource: update.isReceiveTimed ? 'received' : 'venue',
        });
    expect(accepted).toBe(!outdated && !isRefused);
    this.#received++;
    if (outdated) this.#outdated++;
    if (accepted) known.updates.push(update);
    this.gapsBefore.set(`${symbol} ${price}`, this.#gaps);
  }

  /** Checks what must be true at any time. */
  check(): void {
    const { bus } = this;
    const { received, delivered, conflated, rejected, outdated, overflowed, pending } =
      this.processor.stats();
    expect(received).toBe(delivered + conflated + rejected + outdated + overflowed + pending);
    expect([received, outdated, rejected]).toEqual([this.#received, this.#outdated, this.#rejected]);
    if (!this.#isClosed) expect(delivered).toBe(bus.prices.length);
    if (this.#settings.conflate && !this.#isClosed) expect(overflowed).toBe(0);
    if (this.#settings.conflate)
      expect(pending).toBeLessThanOrEqual(SYMBOLS.length + this.#settings.batchSize);
    else expect(conflated).toBe(0);
    expect(bus.mostUnderWay).toBeLessThanOrEqual(1);
    expect(bus.largestBatch).toBeLessThanOrEqual(this.#settings.batchSize);
  }

  async recover(): Promise<void> {
    this.bus.mood = 'take';
    this.bus.release(true);
    await this.clock.runAll();
    this.check();
    expect(this.processor.stats().pending).toBe(0);
    expect(this.clock.pending).toBe(0);
    this.#checkLastPrices();
    expect(this.bus.taken.flatMap(({ gaps }) => gaps).map(({ from }) => from)).toEqual(
      Array.from({ length: this.#gaps }, (_, i) => i + 1),
    );
  }

  async close(doesHang: boolean): Promise<void> {
    if (doesHang) this.bus.mood = 'hang';
    const { pending } = this.processor.stats();
    const isStuck = this.bus.mood !== 'take' || this.bus.hanging > 0;
    let isDone = false;
    void this.processor.close({ timeoutMs: 500 }).then(() => (isDone = true));
    expect(caught(() => this.processor.push({ symbol: 'A', price: 1, timestamp: NOW })).code).toBe('CLOSED');
    await this.clock.advance(501);
    this.#isClosed = true;
    expect(isDone).toBe(true);
    expect(this.clock.pending).toBe(0);
    this.check();
    expect(this.processor.stats().pending).toBe(0);
    if (!isStuck) {
      expect(this.processor.stats().delivered).toBe(this.bus.prices.length);
      this.#checkLastPrices();
    }
    if (isStuck && this.bus.mood !== 'take' && pending > 0) {
      expect(this.processor.stats().overflowed).toBeGreaterThan(0);
    }
    const before = this.processor.stats();
    this.bus.release(true);
    await this.clock.advance(10_000);
    expect(this.processor.stats()).toEqual(before);
  }

  /** Checks what the bus took: the old prices are those of the last batch, and no price comes before an earlier gap. */
  checkOrder(): void {
    const last = new Map<string, string>();
    let gaps = 0;
    for (const taken of this.bus.taken) {
      gaps += taken.gaps.length;
      for (const { symbol, oldPrice, newPrice } of taken.batch ?? []) {
        expect(oldPrice?.toString()).toBe(last.get(symbol));
        last.set(symbol, newPrice.toString());
        expect(gaps).toBeGreaterThanOrEqual(this.gapsBefore.get(`${symbol} ${newPrice}`)!);
      }
      if (!this.#settings.conflate || !taken.batch) continue;
      const symbols = [...taken.batch].map(({ symbol }) => symbol);
      expect(new Set(symbols).size).toBe(symbols.length);
    }
  }

  // A FIFO queue that overflowed has lost updates, and counted them.
  #checkLastPrices(): void {
    if (this.processor.stats().overflowed > 0) return;
    const last = new Map<string, string>();
    for (const { batch } of this.bus.taken) {
      for (const { symbol, newPrice } of batch ?? []) last.set(symbol, newPrice.toString());
    }
    const expected = [...this.accepted].flatMap(([symbol, { updates }]) =>
      updates.slice(-1).map(({ price }) => [symbol, String(price)]),
    );
    expect([...last].sort()).toEqual(expected.sort());
  }

  #pushBad({ which, isById }: { which: number; isById: boolean }): void {
    const accepted = isById
      ? this.processor.pushId(0, [NaN, Infinity, 0, -1, 1e300, 1, 1][which]!, which > 4 ? NaN : NOW)
      : this.processor.push(BAD_UPDATES[which] as PriceUpdate);
    expect(accepted).toBe(false);
    this.#received++;
    this.#rejected++;
  }

  #pushGap(): void {
    const message: PriceStreamGap = {
      type: 'gap',
      from: ++this.#gaps,
      to: this.#gaps,
      symbols: SYMBOLS,
      reason: 'disconnect',
      recovered: true,
    };
    this.processor.pushGap(message);
    for (const known of this.accepted.values()) known.gap = known.updates.length;
  }
}

/** In how many runs each of these occurred. */
const seen = { conflated: 0, outdated: 0, overflowed: 0, retries: 0, gaps: 0, conflatedWhileFailing: 0 };

test('every update is counted exactly once at any time, and the last price of each symbol is published, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(command, { maxLength: 60, size: 'max' }),
      async (options, commands) => {
        const run = new Run(options);
        for (const each of commands) await run.do(each);
        if (options.ending === 'recovers') await run.recover();
        else await run.close(options.ending === 'closes while it hangs');
        run.checkOrder();
        const stats = run.processor.stats();
        for (const kind of ['conflated', 'outdated', 'overflowed', 'retries', 'gaps'] as const) {
          if (stats[kind] > 0) seen[kind]++;
        }
        if (stats.conflated > 0 && stats.retries > 0) seen.conflatedWhileFailing++;
      },
    ),
    RUNS,
  );
  // What never occurred would be untested.
  for (const [kind, count] of Object.entries(seen)) {
    expect(count, kind).toBeGreaterThan(RUNS.numRuns / 20);
  }
});

test('rounds are one throttle interval apart, each publishes all waiting prices, and the first price after a pause is published at once', async () => {
  const step = fc.tuple(fc.nat(9), fc.constantFrom(0, 0, 1, 7, 30, 99, 100, 250));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.constantFrom(40, 100),
      async (steps, throttle) => {
        const clock = new FakeClock({ now: NOW });
        const bus = new ScriptedBus(() => clock.monotonic());
        const processor = new PriceStreamProcessor({ bus, clock, throttle, batchSize: 3 });
        let [price, lastRound] = [0, -Infinity];
        for (const [count, ms] of steps) {
          const isQuiet = processor.stats().pending === 0 && clock.monotonic() - lastRound >= throttle;
          for (let i = 0; i < count; i++) {
            processor.push({ symbol: `S${i}`, price: ++price, timestamp: NOW + price });
          }
          const before = bus.taken.length;
          await clock.advance(0);
          if (isQuiet && count > 0) {
            expect(bus.taken.length - before).toBe(Math.ceil(count / 3));
            expect(processor.stats().pending).toBe(0);
          }
          await clock.advance(ms);
          lastRound = bus.begun.at(-1) ?? -Infinity;
        }
        const rounds = [...new Set(bus.begun)];
        for (let i = 1; i < rounds.length; i++)
          expect(rounds[i]! - rounds[i - 1]!).toBeGreaterThanOrEqual(throttle);
        await clock.advance(throttle);
        expect(processor.stats().pending).toBe(0);
        await processor.close();
      },
    ),
    RUNS,
  );
});
