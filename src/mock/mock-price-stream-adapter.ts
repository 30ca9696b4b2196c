import { LONGEST_DELAY_MS, type Timer } from '../core/clock.js';
import { attempt } from '../core/error-reporter.js';
import { invalidArgument, TickmarkError } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
import { BasePriceStreamAdapter } from '../core/streams/base-price-stream-adapter.js';
import { checkFaults, MockFaultScript } from './mock-faults.js';
import { MockInstrument } from './mock-instrument.js';
import {
  resolveSymbolPlan,
  type MockPriceStreamAdapterOptions,
  type MockSymbolPlan,
  checkMockOptions,
} from './mock-options.js';
import type { PriceStreamMessage } from '../core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../core/prices/price-stream-gap.js';
import type { PriceStreamStats } from '../core/streams/price-stream-broadcast.js';
import type { PriceStreamLink } from '../core/streams/price-stream-link.js';
import { UpdateRounds } from './update-rounds.js';
import { typicalPrice } from './typical-prices.js';

const WHERE = 'MockPriceStreamAdapter: options';

/** Counters of a mocked stream. */
export interface MockPriceStreamStats extends PriceStreamStats {
  /** Heartbeats of the link. */
  readonly heartbeats: number;
}

/**
 * A stream of simulated prices: a seeded geometric Brownian motion for each symbol, with faults on demand. For tests, demos and
 * benchmarks.
 *
 * The same seed gives a symbol the same prices in the same order, whatever else is subscribed. Prices and sequence continue through
 * `unsubscribe()` and reconnects, like a market; times come from the clock. The first update comes one interval after
 * `subscribe()`.
 *
 * @example
 * ```ts
 * import { MockPriceStreamAdapter } from 'tickmark';
 *
 * const stream = new MockPriceStreamAdapter({
 *   symbols: { 'BTC-USD': { startPrice: 60_000, volatility: 0.8 } },
 *   faults: [{ kind: 'disconnect', atMs: 5_000, durationMs: 2_000 }],
 * });
 * ```
 */
export class MockPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #options: MockPriceStreamAdapterOptions;
  readonly #defaultPlan: MockSymbolPlan;
  readonly #heartbeatMs: number;
  readonly #instruments = new Map<string, MockInstrument>();
  readonly #active = new Set<MockInstrument>();
  readonly #rounds: UpdateRounds;
  readonly #timers = new Set<Timer>();
  #link: PriceStreamLink | undefined;
  #script = new MockFaultScript([]);
  #connectedAt = 0;
  #roundCount = 0;
  #completeUntil = 0;
  #isDown = false;
  #heartbeats = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: MockPriceStreamAdapterOptions = {}) {
    super(options);
    checkMockOptions('MockPriceStreamAdapter', options);
    const { symbols = {}, seed = 1, heartbeatMs = 0, faults = [] } = options;
    if (!Number.isSafeInteger(seed))
      throw invalidArgument('MockPriceStreamAdapter: seed', seed, 'a whole number');
    checkNumber('MockPriceStreamAdapter: heartbeatMs', heartbeatMs, {
      from: 0,
      to: LONGEST_DELAY_MS,
    });
    checkFaults('MockPriceStreamAdapter: faults', faults);
    this.#options = options;
    this.#defaultPlan = resolveSymbolPlan(WHERE, options);
    this.#heartbeatMs = heartbeatMs;
    this.#rounds = new UpdateRounds(this.clock, (instruments) => this.#runRound(instruments));
    for (const symbol of Object.keys(symbols)) this.#planOf(symbol);
  }

  /**
   * Delivers one round of updates: `burst` for every subscribed symbol.
   * @throws TickmarkError `NOT_CONNECTED`.
   */
  tick(): void {
    this.#requireLink('tick()');
    this.#runRound(this.#active);
  }

  /**
   * Delivers a message of your own unchanged, without faults; prices of symbols that are not subscribed are dropped.
   * @throws TickmarkError `NOT_CONNECTED`.
   */
  emit(message: PriceStreamMessage): void {
    const link = this.#requireLink('emit()');
    if (!this.#isDown) this.#completeUntil = this.clock.now();
    link.deliver(message);
  }

  /** Counters so far. */
  override stats(): MockPriceStreamStats {
    return { ...super.stats(), heartbeats: this.#heartbeats };
  }

  protected override openLink(link: PriceStreamLink): void {
    this.#link = link;
    this.#script = new MockFaultScript(this.#options.faults ?? []);
    this.#connectedAt = this.clock.monotonic();
    this.#completeUntil = this.clock.now();
    this.#roundCount = 0;
    this.#isDown = false;
    for (const atMs of this.#script.breaks) this.#after(atMs, () => this.#advanceScript());
    if (this.#heartbeatMs > 0) this.#scheduleHeartbeat();
  }

  protected override closeLink(): void {
    this.#link = undefined;
    for (const timer of this.#timers) timer.clear();
    this.#timers.clear();
    this.#rounds.clear();
    this.#active.clear();
  }

  protected override addSymbols(symbols: readonly string[]): void {
    const now = this.clock.now();
    for (const symbol of symbols) {
      const instrument = this.#instrumentOf(symbol);
      instrument.reset(now);
      this.#active.add(instrument);
      this.#rounds.add(instrument);
    }
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      const instrument = this.#instruments.get(symbol)!;
      this.#active.delete(instrument);
      this.#rounds.delete(instrument);
    }
  }

  #runRound(instruments: ReadonlySet<MockInstrument>): void {
    const link = this.#link!;
    this.#roundCount++;
    this.#advanceScript();
    this.#deliverGaps(link, instruments);
    for (const instrument of instruments) {
      for (let i = 0; i < instrument.plan.burst; i++) {
        // A listener may disconnect in the middle of a round. The price must not move on without an update.
        if (link.signal.aborted) return;
        this.#update(link, instrument);
      }
    }
  }

  #update(link: PriceStreamLink, instrument: MockInstrument): void {
    const { symbol } = instrument;
    instrument.step();
    const lost = this.#isDown ? 'disconnect' : this.#script.loss(symbol, true);
    if (lost) {
      instrument.lossReason ??= lost;
      return;
    }
    if (instrument.lossReason) this.#deliverGaps(link, new Set([instrument]));
    const now = this.clock.now();
    const bad = this.#script.faultOf('bad-tick', symbol);
    const update = instrument.update(now, bad && (bad.price ?? NaN));
    const { delayedUpdate } = instrument;
    if (!delayedUpdate && this.#script.faultOf('out-of-order', symbol)) {
      instrument.delayedUpdate = update;
      return;
    }
    instrument.delayedUpdate = undefined;
    instrument.completeUntil = now;
    this.#completeUntil = now;
    link.deliver(update);
    if (this.#script.faultOf('duplicate', symbol)) link.deliver(update);
    if (delayedUpdate) link.deliver(delayedUpdate);
  }

  #deliverGaps(link: PriceStreamLink, instruments: Iterable<MockInstrument>): void {
    const gaps = new Map<PriceStreamGap['reason'], { from: number; symbols: string[] }>();
    for (const instrument of instruments) {
      const { symbol, lossReason, completeUntil } = instrument;
      if (!lossReason || this.#isDown || this.#script.loss(symbol, false)) continue;
      const gap = gaps.get(lossReason) ?? { from: completeUntil, symbols: [] };
      gap.from = Math.min(gap.from, completeUntil);
      gap.symbols.push(symbol);
      gaps.set(lossReason, gap);
      instrument.lossReason = undefined;
    }
    const to = this.clock.now();
    for (const [reason, { from, symbols }] of gaps)
      link.deliver({ type: 'gap', from, to, symbols, reason, recovered: true });
  }

  #advanceScript(): void {
    const outage = this.#script.advance(this.clock.monotonic() - this.#connectedAt, this.#roundCount);
    if (outage !== undefined && !this.#isDown) this.#breakFor(outage);
  }

  #breakFor(outageMs: number): void {
    const link = this.#link!;
    this.#isDown = true;
    this.#after(outageMs, () => {
      this.#isDown = false;
      link.restored();
      const to = this.clock.now();
      let from = this.#completeUntil;
      for (const instrument of this.#active) {
        // One gap covers the break and all that was lost before it.
        if (instrument.lossReason && instrument.lossReason !== 'disconnect')
          from = Math.min(from, instrument.completeUntil);
        instrument.reset(to);
      }
      this.#completeUntil = to;
      const symbols = this.getSubscribedSymbols();
      if (symbols.length > 0)
        link.deliver({ type: 'gap', from, to, symbols, reason: 'disconnect', recovered: true });
    });
    link.reconnecting(1, this.clock.now() + outageMs);
  }

  #scheduleHeartbeat(): void {
    this.#after(this.#heartbeatMs, () => {
      this.#scheduleHeartbeat();
      this.#advanceScript();
      if (this.#isDown || this.#script.isMute) return;
      this.#heartbeats++;
      attempt(
        () => this.#options.onHeartbeat?.(this.clock.now()),
        (cause) => {
          const message = 'MockPriceStreamAdapter: onHeartbeat threw.';
          this.reportError(new TickmarkError('HANDLER_FAILED', message, { cause }));
        },
      );
    });
  }

  #after(delayMs: number, task: () => void): void {
    const timer = this.clock.setTimer(() => {
      this.#timers.delete(timer);
      task();
    }, delayMs);
    this.#timers.add(timer);
  }

  #instrumentOf(symbol: string): MockInstrument {
    let instrument = this.#instruments.get(symbol);
    if (!instrument) {
      instrument = new MockInstrument(symbol, this.#planOf(symbol), this.#options.seed ?? 1);
      this.#instruments.set(symbol, instrument);
    }
    return instrument;
  }

  #planOf(symbol: string): MockSymbolPlan {
    const { symbols } = this.#options;
    if (!symbols || !Object.hasOwn(symbols, symbol))
      return typicalPrice(symbol) ? resolveSymbolPlan(WHERE, this.#options, symbol) : this.#defaultPlan;
    const where = `MockPriceStreamAdapter: symbols[${JSON.stringify(symbol)}]`;
    return resolveSymbolPlan(where, { ...this.#options, ...symbols[symbol] }, symbol);
  }

  #requireLink(what: string): PriceStreamLink {
    if (this.#link && !this.#link.signal.aborted) return this.#link;
    const message = `MockPriceStreamAdapter.${what}: the stream is not connected; call connect() first.`;
    throw new TickmarkError('NOT_CONNECTED', message);
  }
}
