import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { RepositoryError } from '../../../src/core/errors.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { SaveOutcome } from '../../../src/core/portfolio/save-outcome.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { seededRandom } from '../../../src/core/random.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { seed, sized } from '../../sizes.js';
import { START } from './engine-world.js';

const RUNS = sized({ quick: 60, gate: 150, full: 3000 });
const EX = START - 1000;
const HOLDERS = ['p', 'q', 'r'];
const UNITS = 12;
/** Units after the split for each one before it. */
const RATIO = 3;
/** Prices of a unit of before the split lie between these, so that no mix of before and after looks right. */
const [LOW, HIGH] = [90, 110];
const SPLIT = { id: 'x', at: EX, type: 'split', symbol: 'A', from: 1, to: RATIO } as const;

/** A store whose saves fail, and whose answers take some time. */
class Store extends InMemoryPortfolioRepository {
  /** How many portfolios are saved before the process that books is gone. */
  lives = Infinity;

  override async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const outcomes: SaveOutcome[] = [];
    for (const portfolio of portfolios) {
      if (this.lives-- > 0) outcomes.push(...(await super.saveMany([portfolio])));
      else outcomes.push({ outcome: 'failed', error: new RepositoryError('The process is gone.') });
    }
    return outcomes;
  }
}

type Step =
  | { readonly kind: 'price'; readonly worth: number; readonly isAfter: boolean }
  | { readonly kind: 'action'; readonly lives: number }
  | { readonly kind: 'trade'; readonly holder: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'wait'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('price' as const),
      worth: fc.integer({ min: LOW, max: HIGH }),
      isAfter: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('action' as const), lives: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ kind: fc.constant('trade' as const), holder: fc.nat(HOLDERS.length - 1) }),
    fc.record({ kind: fc.constant('restart' as const) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 10, 3000) }),
  ),
  { minLength: 5, maxLength: 25 },
);

class World {
  readonly clock = new FakeClock({ now: START });
  readonly store = new Store({ clock: this.clock, latencyMs: 1 });
  readonly bus = new InMemoryEventBus({ clock: this.clock });
  readonly seen: Array<{ id: string; worth: number }> = [];
  readonly #editor = new HoldingsEditor({
    repository: this.store,
    bus: this.bus,
    clock: this.clock,
    random: seededRandom(1),
  });
  #engine!: MarkToMarketEngine;
  #arrival = 0;
  #isStored = false;
  #pending: Promise<unknown>[] = [];

  async start(): Promise<void> {
    for (const id of HOLDERS) {
      const positions = [{ symbol: 'A', quantity: UNITS, averageCost: 100 }];
      await this.run(this.store.save(Portfolio.create({ id, currency: 'USD', positions, at: EX - 1000 })));
    }
    this.bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const { portfolioId, marketValue } of batch)
        if (marketValue) this.seen.push({ id: portfolioId, worth: marketValue.toNumber() });
    });
    await this.#startEngine();
  }

  async step(step: Step): Promise<void> {
    if (step.kind === 'wait') await this.clock.advance(step.ms);
    if (step.kind === 'restart') {
      await this.run(this.#engine.close());
      await this.#startEngine();
    }
    if (step.kind === 'trade') {
      // Cash alone: another version of the holdings, and the same units.
      const deposit = this.#editor.update(HOLDERS[step.holder]!, (held) => held.deposit(1));
      this.#pending.push(deposit.catch(() => undefined));
    }
    if (step.kind === 'action') {
      this.store.lives = step.lives;
      this.#pending.push(this.#editor.corporateAction(SPLIT).catch(() => undefined));
      // Prices from after the split are only sent once the action was given.
      this.#isStored = true;
    }
    if (step.kind === 'price') this.#send(step.worth, step.isAfter && this.#isStored);
  }

  /** Books what is left, and lets everything settle. */
  async end(): Promise<void> {
    this.store.lives = Infinity;
    await this.clock.advance(5000);
    await this.run(this.#editor.corporateAction(SPLIT));
    await this.clock.advance(5000);
    await Promise.all(this.#pending);
  }

  worths(): number[] {
    return HOLDERS.map((id) => this.#engine.value(id)!.marketValue!.toNumber());
  }

  quantities(): string[] {
    return HOLDERS.map((id) => this.#engine.value(id)!.positions[0]!.quantity.toString());
  }

  async close(): Promise<void> {
    await this.run(this.#engine.close());
  }

  async run<Result>(work: Promise<Result>): Promise<Result> {
    await this.clock.advance(2500);
    return work;
  }

  async #startEngine(): Promise<void> {
    this.#engine = new MarkToMarketEngine({
      repository: this.store,
      bus: this.bus,
      clock: this.clock,
      random: seededRandom(2),
    });
    await this.run(this.#engine.start());
  }

  #send(worth: number, isAfter: boolean): void {
    const at = isAfter ? this.clock.now() : EX - 100 + (this.#arrival % 50);
    const update = {
      symbol: 'A',
      price: isAfter ? String(worth / RATIO).slice(0, 12) : worth,
      timestamp: at,
    };
    const batch = PriceChangedBatch.ofUpdates([update], this.clock.now());
    batch.prices.arrivals[0] = ++this.#arrival;
    batch.prices.venueTimes[0] = at;
    void this.bus.publish(batch);
  }
}

describe('a split of which the booking is cut off, repeated and seen by an engine that restarts', () => {
  test('is never half in a value: neither units of before at a price of after, nor the other way round', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (path) => {
        const world = new World();
        await world.start();
        await world.step({ kind: 'price', worth: 100, isAfter: false });
        for (const step of path) await world.step(step);
        await world.end();
        for (const { id, worth } of world.seen) {
          expect(worth, `value of ${id}`).toBeGreaterThanOrEqual(UNITS * LOW - 1);
          expect(worth, `value of ${id}`).toBeLessThanOrEqual(UNITS * HIGH + 1);
        }
        expect(world.quantities()).toEqual(HOLDERS.map(() => String(UNITS * RATIO)));
        expect(new Set(world.worths()).size).toBe(1);
        await world.close();
        expect(world.clock.pending).toBe(0);
      }),
      { seed, numRuns: RUNS },
    );
  });
});
