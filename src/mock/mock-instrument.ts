import { formatTicks, type MockSymbolPlan } from './mock-options.js';
import type { PriceStreamGap } from '../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../core/prices/price-update.js';
import { PriceWalk } from './price-walk.js';

const MANUAL_STEP_MS = 1000;

/** One simulated symbol: its random walk, and which of its updates were delivered. */
export class MockInstrument {
  readonly symbol: string;
  readonly plan: MockSymbolPlan;
  /** Until when no update is missing, ms since 1970. */
  completeUntil = 0;
  /** Why updates were lost since then; `undefined` if none was. */
  lossReason: PriceStreamGap['reason'] | undefined;
  /** An update that is delivered after the next one: a fault swaps the two. */
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

  /** From now on nothing is missing. */
  reset(now: number): void {
    this.completeUntil = now;
    this.lossReason = undefined;
    this.delayedUpdate = undefined;
  }

  /** Moves the price by one step. */
  step(): void {
    this.#ticks = this.#walk.next();
    this.#sequence++;
  }

  /** The current price as an update, with `badPrice` instead of the price if it is given. */
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
