import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sleep } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { BUS_GAP, type BusGapEvent } from '../../../src/core/messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../../../src/core/portfolio/holdings-changed-event.js';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedEvent,
} from '../../../src/core/engine/portfolio-valued-event.js';
import { PortfolioValuationService } from '../../../src/core/revaluation/portfolio-valuation-service.js';
import type { Lock } from '../../../src/core/locking/lock.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { InMemoryLock } from '../../../src/memory/in-memory-lock.js';
import { seed, sized } from '../../sizes.js';
import { START, figures, portfolio, price, publishPrices, recomputed } from './engine-world.js';
import { ScriptedBus, ScriptedRepository, lockOf, losing, type Script } from './scripted-parts.js';

const RUNS = { numRuns: sized({ quick: 40, gate: 70, full: 2000 }) };
const SHUFFLES = sized({ quick: 40, gate: 70, full: 5000 });
const SYMBOLS = ['A', 'B', 'C', 'EUR/USD'];
const IDS = ['p', 'q', 'r'];
const FX = ['EUR/USD'];

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      symbols: fc.subarray(SYMBOLS, { minLength: 1 }),
      cents: fc.integer({ min: 1, max: 99_999 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('late' as const), age: fc.integer({ min: 1, max: 20 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      id: fc.constantFrom(...IDS),
      symbol: fc.constantFrom('A', 'B', 'C'),
      quantity: fc.constantFrom(1, 2, 7),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom(...IDS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), id: fc.constantFrom(...IDS) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('revalue' as const),
      id: fc.constantFrom(...IDS),
      age: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }),
  },
);

type Locking = 'none' | 'in memory' | 'failing';

/** Two engines, a service and an editor on one slow store and one bus, where everything overlaps. */
class Crowd {
  readonly clock = new FakeClock({ now: START });
  readonly repository = new ScriptedRepository();
  readonly bus = new ScriptedBus({ clock: this.clock });
  readonly editor = new HoldingsEditor({
    repository: this.repository,
    bus: this.bus,
    clock: this.clock,
    random: seededRandom(5),
  });
  readonly published = new Map<string, PortfolioValuedEvent>();
  readonly engines: MarkToMarketEngine[];
  readonly service: PortfolioValuationService;
  readonly #lock: Lock | null;
  readonly #newest = new Map<string, PriceUpdate>();
  readonly #cuts: PriceUpdate[][] = [];
  readonly #sent: PriceUpdate[] = [];
  readonly #open: Array<Promise<unknown>> = [];
  #time = START;

  constructor(seed: number, locking: Locking, losesNews: boolean) {
    const random = seededRandom(seed);
    const { clock, repository, bus } = this;
    // Before the call and after it.
    const slow: Script = async (proceed) => {
      await sleep(clock, random() * 60);
      const result = await proceed();
      await sleep(clock, random() * 60);
      return result;
    };
    for (const call of ['load', 'loadMany', 'save', 'delete', 'saveValuations', 'savePrices'] as const)
      repository.scripts[call] = slow;
    if (losesNews)
      bus.scripts.set(HOLDINGS_CHANGED, (proceed) => (random() < 0.5 ? losing(proceed) : proceed()));
    this.#lock =
      locking === 'in memory'
        ? new InMemoryLock({ clock })
        : locking === 'none'
          ? null
          : lockOf(() => Promise.reject(new Error('no lock')));
    const shared = { repository, bus, clock, random, lock: this.#lock, fx: FX };
    this.engines = [
      new MarkToMarketEngine({ ...shared, name: 'one' }),
      new MarkToMarketEngine({ ...shared, name: 'two' }),
    ];
    this.service = new PortfolioValuationService({ repository, clock, random, lock: this.#lock, fx: FX });
    bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const event of batch) if (batch.id.startsWith('one')) this.published.set(event.portfolioId, event);
    });
  }

  async run(
    steps: ReadonlyArray<typeof step extends fc.Arbitrary<infer Step> ? Step : never>,
  ): Promise<void> {
    for (const engine of this.engines) await engine.start();
    for (const each of steps) {
      if (each.kind === 'tick') await this.#tick(each.symbols, each.cents);
      else if (each.kind === 'late') await this.#late(each.age);
      else if (each.kind === 'wait') await this.clock.advance(each.ms);
      else if (each.kind === 'trade')
        this.#start(
          this.editor.update(each.id, (held) =>
            held.buy(each.symbol, each.quantity, '3.33', { fee: '0.01' }),
          ),
        );
      else if (each.kind === 'delete')
        this.#start(
          this.repository.load(each.id).then((held) => held && this.editor.delete(each.id, held.version)),
        );
      else if (each.kind === 'create')
        this.#start(this.editor.create(portfolio(each.id, { A: 1, B: -2 }, { cash: { EUR: '10.01' } })));
      else this.#revalue(each.id, each.age);
    }
    await this.clock.advance(5000);
    await Promise.all(this.#open);
  }

  /** The newest published price of each symbol. */
  cut(): PriceUpdate[] {
    return [...this.#newest.values()];
  }

  async rest(): Promise<void> {
    await this.clock.advance(10_000);
  }

  async #tick(symbols: readonly string[], cents: number): Promise<void> {
    const updates = symbols.map((symbol) => price(symbol, (cents / 100).toFixed(2), ++this.#time));
    for (const update of updates) this.#newest.set(update.symbol, update);
    this.#sent.push(...updates);
    this.#cuts.push(this.cut());
    await publishPrices(this.bus, this.clock, updates);
  }

  // Older prices, and the newest once more.
  async #late(age: number): Promise<void> {
    const updates = this.#sent.slice(-age).reverse();
    await publishPrices(
      this.bus,
      this.clock,
      [...new Map(updates.map((each) => [each.symbol, each])).values()].reverse(),
    );
  }

  #revalue(id: string, age: number): void {
    const updates = this.#cuts[this.#cuts.length - 1 - age] ?? [];
    this.#start(this.service.revaluatePortfolio(id, { id: `cut-${this.#cuts.length - 1 - age}`, updates }));
  }

  #start(work: Promise<unknown>): void {
    this.#open.push(
      work.catch((error: { code?: string }) => {
        const expected = ['VERSION_CONFLICT', 'PORTFOLIO_NOT_FOUND', 'PORTFOLIO_DELETED'];
        if (!expected.includes(error.code ?? '')) throw error;
      }),
    );
  }

  async close(): Promise<void> {
    const closed = Promise.all([...this.engines.map((engine) => engine.close()), this.#lock?.close()]);
    await this.clock.advance(1000);
    await closed;
  }
}

test.each([
  ['none', false],
  ['in memory', false],
  ['failing', false],
  ['none', true],
] as const)(
  'whatever overlaps, the stored and the published values end as those of the stored holdings at the newest prices (lock: %s, HoldingsChanged events lost: %s)',
  async (locking, losesNews) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 1 }),
        async (steps, seed) => {
          const crowd = new Crowd(seed, locking, losesNews);
          await crowd.run([{ kind: 'create', id: 'p' }, { kind: 'create', id: 'q' }, ...steps]);
          if (losesNews) await crowd.bus.publish(lostNews());
          await crowd.rest();
          const alive: string[] = [];
          for (const id of IDS) {
            const held = await settled(crowd, crowd.repository.load(id));
            const [stored] = await settled(crowd, crowd.repository.loadValuations([id]));
            const expected = held ? recomputed(held, crowd.cut(), { fx: FX, clock: crowd.clock }) : undefined;
            expect(figures(stored)).toEqual(figures(expected));
            expect(crowd.engines.map((engine) => engine.value(id)?.version)).toEqual([
              held?.version,
              held?.version,
            ]);
            if (!held) continue;
            alive.push(id);
            expect(crowd.published.get(id)?.version).toBe(held.version);
            expect(crowd.published.get(id)?.marketValue?.toString()).toBe(expected!.marketValue?.toString());
          }
          for (const engine of crowd.engines)
            expect(engine.stats()).toMatchObject({ unpublished: 0, portfolios: alive.length });
          const { succeeded, failed, conflicts, retries } = crowd.service.stats();
          expect(conflicts).toBeGreaterThanOrEqual(retries);
          expect(succeeded + failed).toBe(steps.filter(({ kind }) => kind === 'revalue').length);
          await crowd.close();
          expect(crowd.clock.pending).toBe(0);
        },
      ),
      RUNS,
    );
  },
);

async function settled<Result>(crowd: Crowd, work: Promise<Result>): Promise<Result> {
  await crowd.clock.advance(1000);
  return work;
}

function lostNews(): BusGapEvent {
  return {
    type: BUS_GAP,
    id: 'gap',
    occurredAt: START,
    from: START,
    to: START,
    types: [HOLDINGS_CHANGED],
    lost: null,
    reason: 'overflow',
  };
}

test('an older price never replaces a newer one, however batches are shuffled, repeated and delayed', async () => {
  for (let round = 0; round < SHUFFLES; round++) {
    const random = seededRandom(seed + round);
    const crowd = new Crowd(seed + round, 'none', false);
    await crowd.run([
      { kind: 'create', id: 'p' },
      { kind: 'wait', ms: 500 },
    ]);
    const updates = Array.from({ length: 60 }, (_, at) =>
      price(SYMBOLS[at % 4]!, `${at + 1}.25`, START + at),
    );
    const deliveries = [...updates, ...updates.slice(0, 20)].sort(() => random() - 0.5);
    for (const update of deliveries) {
      await publishPrices(crowd.bus, crowd.clock, [update]);
      if (random() < 0.2) await crowd.clock.advance(random() * 300);
    }
    await crowd.rest();
    const held = (await settled(crowd, crowd.repository.load('p')))!;
    const [stored] = await settled(crowd, crowd.repository.loadValuations(['p']));
    expect(figures(stored)).toEqual(figures(recomputed(held, updates, { fx: FX, clock: crowd.clock })));
    expect(stored!.complete).toBe(true);
    expect((await crowd.repository.loadPrices()).map(({ timestamp }) => timestamp).sort()).toEqual(
      [56, 57, 58, 59].map((at) => START + at),
    );
    await crowd.close();
  }
});
