import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { CurrencySums } from '../../../src/core/book/sums/currency-sums.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { ShardAssignment, ShardHandlers } from '../../../src/core/shards/shard-assignment.js';
import { totalsByCurrency } from '../../../src/core/totals/currency-totals.js';
import { FirmTotals } from '../../../src/core/totals/firm-totals.js';
import { ShardTotalsPublisher } from '../../../src/core/totals/shard-totals-publisher.js';
import { SUMMED_FIGURES } from '../../../src/core/book/sums/currency-sums.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { Dice } from '../../oracle/dice.js';
import { seed, sized } from '../../sizes.js';
import { portfolio, price, publishPrices } from '../engine/engine-world.js';

const RUNS = sized({ quick: 20, gate: 40, full: 2000 });
const COUNT = 6;
const SHARDS = [...Array(COUNT).keys()];
const SYMBOLS = ['A', 'B', 'C'];
const CURRENCIES = ['USD', 'EUR', 'JPY'];
const SILENT_MS = 5000;

class ScriptedShards implements ShardAssignment {
  readonly shardCount = COUNT;
  readonly held = new Set<number>();
  handlers!: ShardHandlers;

  async start(handlers: ShardHandlers): Promise<void> {
    this.handlers = handlers;
  }

  async stop(): Promise<void> {
    // What a process held when it was killed, it holds for good.
  }
}

/** Three processes that share portfolios, and one that has them all. */
class Firm {
  readonly clock = new FakeClock({ now: 1_700_000_000_000 });
  readonly bus = new InMemoryEventBus({ clock: this.clock });
  readonly repository = new InMemoryPortfolioRepository();
  readonly errors: unknown[] = [];
  readonly workers: Array<{ shards: ScriptedShards; publisher: ShardTotalsPublisher }> = [];
  readonly totals = new FirmTotals({
    bus: this.bus,
    clock: this.clock,
    shardCount: COUNT,
    silentAfterMs: SILENT_MS,
  });
  whole!: MarkToMarketEngine;
  readonly #editor = new HoldingsEditor({ repository: this.repository, bus: this.bus, clock: this.clock });
  readonly #dice: Dice;
  #ids: string[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  async start(): Promise<void> {
    for (let number = 0; number < 12; number++) await this.add();
    this.whole = this.#engine();
    await this.whole.start();
    for (let number = 0; number < 3; number++) {
      const shards = new ScriptedShards();
      const engine = this.#engine(shards);
      await engine.start();
      const publisher = new ShardTotalsPublisher({
        engine,
        bus: this.bus,
        clock: this.clock,
        random: seededRandom(number),
        onError: (error) => this.errors.push(error),
      });
      this.workers.push({ shards, publisher });
    }
    for (const shard of SHARDS) await this.assign(shard, this.#dice.between(0, 2));
    await this.publish();
  }

  async add(): Promise<void> {
    const dice = this.#dice;
    const currency = dice.pick(CURRENCIES);
    const held = Object.fromEntries(
      dice.some(SYMBOLS, dice.between(0, 3)).map((symbol) => [symbol, dice.decimal({ digits: 4, scale: 2 })]),
    );
    const id = `p${this.#ids.length}`;
    this.#ids.push(id);
    await this.#editor.create(portfolio(id, held, { currency, cash: { [dice.pick(CURRENCIES)]: '12.345' } }));
  }

  async assign(shard: number, worker: number): Promise<void> {
    const { shards } = this.workers[worker]!;
    if (shards.held.has(shard)) return;
    shards.held.add(shard);
    await this.clock.advance(1);
    const loaded = shards.handlers.assigned([shard]);
    await this.clock.advance(0);
    await loaded;
  }

  async giveUp(shard: number, worker: number, isOrderly: boolean): Promise<void> {
    const { shards } = this.workers[worker]!;
    if (!shards.held.delete(shard)) return;
    if (!isOrderly) return shards.handlers.lost([shard]);
    const stored = shards.handlers.revoked([shard]);
    await this.clock.advance(0);
    await stored;
  }

  async step(): Promise<void> {
    const dice = this.#dice;
    const [shard, worker] = [dice.pick(SHARDS), dice.between(0, 2)];
    const owner = this.workers.findIndex(({ shards }) => shards.held.has(shard));
    switch (dice.between(0, 5)) {
      case 0:
        // Two have it for a moment.
        await this.assign(shard, worker);
        await this.publish();
        return owner === worker ? undefined : this.giveUp(shard, owner, dice.chance(0.5));
      case 1:
        await this.giveUp(shard, owner, dice.chance(0.5));
        await this.publish();
        // Until another process has it, it counts with what was heard last.
        expect(this.totals.sums().portfolios).toBe(this.whole.book.size);
        return this.assign(shard, worker);
      case 2:
        return this.add();
      case 3:
        return void (await this.#editor.update(dice.pick(this.#ids), (held: Portfolio) =>
          held.buy(dice.pick(SYMBOLS), dice.between(1, 9), '10.5'),
        ));
      default:
        return publishPrices(this.bus, this.clock, [
          price(dice.pick(SYMBOLS), dice.decimal({ digits: 5, scale: 3 }), this.clock.now()),
        ]);
    }
  }

  async publish(): Promise<void> {
    await this.clock.settle();
    for (const { publisher } of this.workers) await publisher.publish();
    await this.clock.settle();
  }

  #engine(shards?: ShardAssignment): MarkToMarketEngine {
    const { bus, clock, repository } = this;
    return new MarkToMarketEngine({
      bus,
      clock,
      repository,
      random: seededRandom(7),
      onError: (error) => this.errors.push(error),
      ...(shards && { shards }),
    });
  }
}

const shown = (sums: CurrencySums): unknown => ({
  ...sums,
  currencies: sums.currencies.map((sum) => [
    sum.currency,
    ...SUMMED_FIGURES.map((figure) => sum[figure].toDecimal(40).toString()),
  ]),
});

test('the total over shards is that of one process, to the digit, while shards change owners', async () => {
  const seen = { moved: 0, foreign: 0, unpriced: 0 };
  for (let run = 0; run < RUNS; run++) {
    const firm = new Firm(new Dice(seed + run));
    await firm.start();
    for (let step = 0; step < 12; step++) {
      await firm.step();
      await firm.publish();
      const of = `seed ${seed + run}, step ${step}`;
      const whole = firm.whole.book.currencySums();
      expect(shown(firm.totals.sums()), of).toEqual(shown(whole));
      const { currencies, missing, silent, complete } = firm.totals.total();
      expect(currencies.map(String), of).toEqual(totalsByCurrency(whole).map(String));
      expect({ missing, silent, complete }, of).toEqual({
        missing: [],
        silent: [],
        complete: whole.unpriced === 0,
      });
      if (whole.currencies.length === 3) seen.foreign++;
      if (whole.unpriced > 0) seen.unpriced++;
      await firm.clock.advance(100);
    }
    expect(firm.errors).toEqual([]);
    if (firm.workers.some(({ shards }) => shards.held.size !== 2)) seen.moved++;
    firm.totals.close();
  }
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(0);
});
