/** Two ingest processes on one feed: every price goes to the bus twice, late by chance, and one of the processes dies. */
import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { MarkToMarketEngine } from '../../../src/core/engine/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED } from '../../../src/core/engine/portfolio-valued-event.js';
import { PriceStreamProcessor } from '../../../src/core/ingest/price-stream-processor.js';
import { PRICES_CHANGED } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { Dice } from '../../oracle/dice.js';
import { seed, sized } from '../../sizes.js';
import { portfolio } from '../engine/engine-world.js';

const RUNS = sized({ quick: 30, gate: 150, full: 5000 });
const SYMBOLS = ['A', 'B', 'C'];
const UPDATES = 60;
const MOST_LATE_MS = 400;

/** A feed whose prices only rise, several of them in the same millisecond. */
function feed(dice: Dice, start: number): PriceUpdate[] {
  let at = start;
  return Array.from({ length: UPDATES }, (_, n) => {
    at += dice.pick([0, dice.between(1, 80)]);
    return { symbol: dice.pick(SYMBOLS), price: 100 + n, timestamp: at, sequence: n };
  });
}

test('every price counts once, no value goes back, and none is missed when one of the processes dies', async () => {
  const seen = { duplicates: 0, deaths: 0 };
  for (let run = 0; run < RUNS; run++) {
    const dice = new Dice(seed + run);
    const clock = new FakeClock({ now: 1_700_000_000_000 });
    const bus = new InMemoryEventBus({ clock });
    const repository = new InMemoryPortfolioRepository();
    for (const symbol of SYMBOLS) await repository.save(portfolio(symbol, { [symbol]: 1 }));
    const errors: TickmarkError[] = [];
    const onError = (error: TickmarkError): void => void errors.push(error);
    const engine = new MarkToMarketEngine({ bus, repository, clock, random: seededRandom(run), onError });
    const starting = engine.start();
    await clock.advance(10);
    await starting;
    const values = new Map(SYMBOLS.map((symbol) => [symbol, [] as number[]]));
    bus.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const { portfolioId, marketValue } of batch) {
        if (marketValue) values.get(portfolioId)!.push(marketValue.toNumber());
      }
    });
    let sent = 0;
    bus.subscribe(PRICES_CHANGED, (batch) => void (sent += batch.length));

    const updates = feed(dice, clock.now());
    const dying = dice.between(0, 1);
    const diesAt = updates[dice.between(0, UPDATES - 1)]!.timestamp;
    const ingests = [0, 1].map((number) => {
      const processor = new PriceStreamProcessor({
        // What a dead process was about to send is lost with it.
        bus: {
          ...bus,
          publish: (events) => (isDead() ? new Promise<void>(() => {}) : bus.publish(events)),
          subscribe: bus.subscribe.bind(bus),
        } as InMemoryEventBus,
        clock,
        random: seededRandom(number),
        batchTimeoutMs: dice.pick([1, 50, 300]),
        onError,
      });
      const isDead = (): boolean => number === dying && clock.now() >= diesAt;
      return { processor, isDead };
    });
    // Each process gets the feed in its order, and late by itself.
    for (const { processor, isDead } of ingests) {
      let at = 0;
      for (const update of updates) {
        at = Math.max(at, update.timestamp + dice.between(0, MOST_LATE_MS));
        clock.setTimer(() => void (isDead() || processor.push(update)), at - clock.now());
      }
    }
    await clock.advance(UPDATES * 80 + MOST_LATE_MS + 2000);

    const of = `seed ${seed + run}`;
    for (const symbol of SYMBOLS) {
      const last = updates.filter((update) => update.symbol === symbol).at(-1);
      expect(engine.book.price(symbol)?.price.toString(), of).toBe(last && String(last.price));
      const heard = values.get(symbol)!;
      expect(heard, of).toEqual([...new Set(heard)].sort((a, b) => a - b));
      if (last) expect(heard.at(-1), of).toBe(last.price);
    }
    expect(errors, of).toEqual([]);
    const { outdatedPrices, prices } = engine.stats();
    expect(outdatedPrices + prices, of).toBe(sent);
    if (outdatedPrices > 0) seen.duplicates++;
    if (ingests.some(({ isDead }) => isDead())) seen.deaths++;
    const closed = engine.close();
    await clock.advance(2000);
    await closed;
  }
  expect(seen.deaths).toBe(RUNS);
  expect(seen.duplicates).toBeGreaterThan(RUNS / 6);
});
