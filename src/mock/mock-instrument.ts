import { formatTicks, type MockSymbolPlan } from './mock-options.js';
import type { PriceStreamGap } from '../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../core/prices/price-update.js';
import { PriceWalk } from './price-walk.js';

const MANUAL_STEP_MS = 1000;

/** One mocked symbol: its walk, and what of it has come through. */
export class MockInstrument {
  readonly symbol: string;
  readonly plan: MockSymbolPlan;
  /** Up to when nothing is missing, ms since 1970. */
  completeUntil = 0;
  /** Updates were lost since then, for this reason. */
  lossReason: PriceStreamGap['reason'] | undefined;
  /** An update that waits to come after its successor. */
  delayedUpdate: PriceUpdate | undefined;
  readonly #walk: PriceWalk;
  #ticks: number;
  #sequence = 0;

  constructor(symbol: string, plan: MockSymbolPlan, seed: number) {
    this.symbol = symbol;
    this.plan = plan;
    const { startTicks, maxTicks, volatility, drift, intervalMs, burst } = plan;
    const stepMs = (intervalMs || MANUAL_STEP_MS) / burst;
    this.#walk = new PriceWalk({ seed, symbol, startTicks, maxTicks, volatility, drift, stepMs });
    this.#ticks = plan.startTicks;
  }

  /** Starts with nothing missing. */
  reset(now: number): void {
    this.completeUntil = now;
    this.lossReason = undefined;
    this.delayedUpdate = undefined;
  }

  /** Moves the price on. */
  step(): void {
    this.#ticks = this.#walk.next();
    this.#sequence++;
  }

  /** The present price as an update; `badPrice` stands in its place where it is given. */
  update(now: number, badPrice: number | string | undefined): PriceUpdate {
    const { symbol, plan } = this;
    const { spreadTicks, previousClose, currency } = plan;
    const bidTicks = Math.max(1, this.#ticks - Math.floor((spreadTicks ?? 0) / 2));
    return {
      symbol,
      price: badPrice ?? formatTicks(this.#ticks, plan),
      timestamp: now,
      receivedAt: now,
      sequence: this.#sequence,
      ...(spreadTicks !== undefined && {
        bid: formatTicks(bidTicks, plan),
        ask: formatTicks(bidTicks + spreadTicks, plan),
      }),
      ...(previousClose !== undefined && { previousClose }),
      ...(currency !== undefined && { currency }),
    };
  }
}
