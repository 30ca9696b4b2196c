import { seededRandom } from '../../../src/core/random.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import type { EventBus } from '../../../src/core/messaging/event-bus.js';
import type { Decimal } from '../../../src/core/money/decimal.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { PortfolioInput } from '../../../src/core/portfolio/portfolio-input.js';
import type { ValuationRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { PortfolioValuation } from '../../../src/core/portfolio/figures/portfolio-valuation.js';
import type { MarkToMarketEngineOptions } from '../../../src/core/engine/mark-to-market-engine-options.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import type { PositionBookOptions } from '../../../src/core/book/position-book-options.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from '../../../src/core/engine/portfolio-valued-event.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { ScriptedBus, ScriptedRepository } from './scripted-parts.js';

export const START = 1_700_000_000_000;

export function portfolio(
  id: string,
  positions: Readonly<Record<string, number | string>> = {},
  more: Partial<PortfolioInput> = {},
): Portfolio {
  return Portfolio.create({
    id,
    currency: 'USD',
    positions: Object.entries(positions).map(([symbol, quantity]) => ({
      symbol,
      quantity,
      averageCost: 10,
    })),
    ...more,
  });
}

export function price(
  symbol: string,
  value: number | string,
  at = START,
  more: Partial<PriceUpdate> = {},
): PriceUpdate {
  return { symbol, price: value, timestamp: at, ...more };
}

/** An engine over scripted parts, on a clock of its own. */
export class EngineWorld {
  readonly clock = new FakeClock({ now: START });
  readonly repository = new ScriptedRepository();
  readonly bus = new ScriptedBus({ clock: this.clock });
  readonly errors: TickmarkError[] = [];
  readonly batches: PortfolioValuedBatch[] = [];
  readonly editor = new HoldingsEditor({
    repository: this.repository,
    bus: this.bus,
    clock: this.clock,
    random: () => 0,
  });
  engine!: MarkToMarketEngine;
  #options: Partial<MarkToMarketEngineOptions> = {};

  /** Stores portfolios and starts an engine on them. */
  static async of(
    portfolios: readonly Portfolio[],
    options: Partial<MarkToMarketEngineOptions> = {},
  ): Promise<EngineWorld> {
    const world = new EngineWorld();
    for (const each of portfolios) await world.repository.save(each);
    await world.start(options);
    return world;
  }

  async start(options: Partial<MarkToMarketEngineOptions> = {}): Promise<void> {
    this.bus.subscribe(PORTFOLIOS_VALUED, (batch) => void this.batches.push(batch));
    await this.make(options).start();
    await this.clock.advance(0);
  }

  make(options: Partial<MarkToMarketEngineOptions> = {}): MarkToMarketEngine {
    const { repository, bus, clock } = this;
    this.#options = options;
    this.engine = new MarkToMarketEngine({
      repository,
      bus,
      clock,
      random: seededRandom(7),
      onError: (error) => void this.errors.push(error),
      ...options,
    });
    return this.engine;
  }

  async tick(...updates: PriceUpdate[]): Promise<void> {
    await publishPrices(this.bus, this.clock, updates);
    await this.clock.settle();
  }

  /** Events of a portfolio so far, the newest last. */
  events(portfolioId: string): PortfolioValuedEvent[] {
    return this.batches.flatMap((batch) => [...batch]).filter((event) => event.portfolioId === portfolioId);
  }

  async stored(portfolioId: string): Promise<ValuationRecord | undefined> {
    return (await this.repository.loadValuations([portfolioId]))[0];
  }

  /** The expected stored valuation: the stored holdings at these prices, in a new book. */
  async expected(portfolioId: string, updates: readonly PriceUpdate[]): Promise<ValuationRecord> {
    const held = await this.repository.load(portfolioId);
    return recomputed(held!, updates, { ...this.#options, clock: this.clock });
  }

  codes(): string[] {
    return this.errors.map(({ code }) => code);
  }
}

export async function publishPrices(
  bus: EventBus,
  clock: FakeClock,
  updates: readonly PriceUpdate[],
): Promise<void> {
  await bus.publish(PriceChangedBatch.ofUpdates(updates, clock.now()));
}

export function recomputed(
  held: Portfolio,
  updates: readonly PriceUpdate[],
  options: PositionBookOptions,
): ValuationRecord {
  const { fx, fxMaxAgeMs, fxPolicy, policy, clock } = options;
  const book = new PositionBook({ fx, fxMaxAgeMs, fxPolicy, policy, clock });
  book.setPortfolio(held);
  for (const update of updates) book.applyPrices(PriceChangedBatch.ofUpdates([update], clock!.now()));
  book.computeTotals();
  return book.record(book.numberOf(held.id)!)!;
}

/** The figures of a record as strings, so that they are compared digit by digit; without the time of the computation. */
export function figures(record: ValuationRecord | undefined): Record<string, unknown> | undefined {
  if (!record) return undefined;
  const text = (amount: Decimal | null) => (amount === null ? null : amount.trimmed().toString());
  return {
    portfolioId: record.portfolioId,
    version: record.version,
    priceTime: record.priceTime,
    currency: record.currency,
    marketValue: text(record.marketValue),
    costBasis: text(record.costBasis),
    unrealizedPnl: text(record.unrealizedPnl),
    cash: text(record.cash),
    equity: text(record.equity),
    priced: text(record.priced.marketValue),
    complete: record.complete,
  };
}

/** Checks that the rows sum to the totals, and that the event has the same totals. */
export function contradictions(event: PortfolioValuedEvent): string[] {
  const { valuation } = event;
  if (!valuation) return ['no rows'];
  const found: string[] = [];
  const same = (name: string, a: Decimal | null, b: Decimal | null) => {
    if (a === null || b === null ? a !== b : !a.equals(b))
      found.push(`${name}: ${a?.toString() ?? 'null'} is not ${b?.toString() ?? 'null'}`);
  };
  for (const name of ['marketValue', 'costBasis', 'unrealizedPnl'] as const) {
    same(`sum of ${name}`, sum(valuation, name), valuation[name]);
    same(`published ${name}`, event[name], valuation[name]);
  }
  same('cash', event.cash, valuation.cash);
  same('equity', event.equity, valuation.equity);
  same('priced value', event.priced.marketValue, valuation.priced.marketValue);
  if (event.complete !== valuation.complete) found.push('complete');
  if (event.version !== valuation.version) found.push('version');
  return found;
}

function sum(
  { positions, priced }: PortfolioValuation,
  name: 'marketValue' | 'costBasis' | 'unrealizedPnl',
): Decimal | null {
  let total: Decimal | null = priced.marketValue.minus(priced.marketValue);
  for (const row of positions) total = total && row[name] && total.plus(row[name]);
  return total;
}
