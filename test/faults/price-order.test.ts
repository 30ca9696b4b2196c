import { type PriceRecord } from 'tickmark';
import { PortfolioValuationService, priceRecord } from 'tickmark/parts';
import { afterAll, describe, expect, test } from 'vitest';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { openPlace, type OpenPlace } from './adapters.js';
import { figuresAt, figuresOf, newPortfolio, priceAt, pricesAt } from './market.js';
import { onLanes } from './lanes.js';

const seeds = Array.from({ length: sized({ quick: 40, gate: 50, full: 1000 }) }, (_, at) => seed + at);
const SEEDS_AT_ONCE = 4;
const TICKS = 8;
const START = 1_700_000_000_000;

const place = await openPlace();

/** Ticks as a bad network delivers them: in a nearby order, some twice, some very late. */
function disordered<Tick>(dice: Dice, ticks: readonly Tick[]): Tick[] {
  const arrivals = ticks.flatMap((tick, at) => {
    const arrival = () => at + (dice.chance(0.2) ? dice.between(0, 2 * TICKS) : dice.between(0, 3));
    return Array.from({ length: dice.chance(0.3) ? 2 : 1 }, () => ({
      tick,
      at: arrival() + dice.between(0, 99) / 100,
    }));
  });
  return arrivals.sort((a, b) => a.at - b.at).map(({ tick }) => tick);
}

/** Times that rise by 1 to 1,000 ms. */
function risingTimes(dice: Dice): number[] {
  let time = START;
  return Array.from({ length: TICKS }, () => (time += dice.between(1, 1000)));
}

describe.skipIf(!place)(`ticks shuffled, repeated and delayed (${seeds.length} seeds)`, () => {
  const { repository } = place ?? ({} as OpenPlace);
  afterAll(() => place!.remove());

  test('the newest price of each symbol is stored, whatever order prices arrive in', async () => {
    const newest = new Map<string, PriceRecord>();
    let late = 0;
    await onLanes(SEEDS_AT_ONCE, seeds, async (ownSeed) => {
      const dice = new Dice(ownSeed);
      const ticks = [0, 1, 2].flatMap((at) => {
        const symbol = `${ownSeed}-${at}`;
        return risingTimes(dice).map((timestamp) =>
          priceRecord({ symbol, timestamp, price: priceAt(symbol, timestamp) }),
        );
      });
      const batches: PriceRecord[][] = [[]];
      for (const tick of disordered(dice, dice.some(ticks, ticks.length))) {
        // One a symbol in each call, as the port wants it.
        if (batches.at(-1)!.some(({ symbol }) => symbol === tick.symbol) || dice.chance(0.3))
          batches.push([]);
        batches.at(-1)!.push(tick);
        const known = newest.get(tick.symbol);
        if (!known || known.timestamp < tick.timestamp) newest.set(tick.symbol, tick);
        else late++;
      }
      await onLanes(4, batches, (batch) => repository.savePrices(batch));
    });
    const shown = (prices: Iterable<PriceRecord>) =>
      [...prices].map(({ symbol, price, timestamp }) => `${symbol} ${String(price)} ${timestamp}`).sort();
    expect(
      shown((await repository.loadPrices()).map((each) => ({ ...each, price: each.price.trimmed() }))),
    ).toEqual(shown([...newest.values()].map((each) => ({ ...each, price: each.price.trimmed() }))));
    expect(late).toBeGreaterThan(seeds.length);
  });

  test('a value of older prices never replaces one of newer prices', async () => {
    let outdated = 0;
    let saved = 0;
    await onLanes(SEEDS_AT_ONCE, seeds, async (ownSeed) => {
      const dice = new Dice(ownSeed);
      const portfolio = await repository.save(newPortfolio(`p${ownSeed}`, dice));
      const times = risingTimes(dice);
      // One service each for two processes that hear the same market in different ways.
      const services = [0, 1].map(() => new PortfolioValuationService({ repository }));
      let seen = 0;
      await onLanes(4, disordered(dice, times), async (time) => {
        await dice.pick(services).revaluatePortfolio(portfolio.id, { updates: pricesAt(time) });
        const before = seen;
        const [stored] = await repository.loadValuations([portfolio.id]);
        expect(stored!.priceTime).toBeGreaterThanOrEqual(Math.max(before, time));
        expect(figuresOf(stored!)).toEqual(figuresAt(portfolio, stored!.priceTime));
        seen = Math.max(seen, stored!.priceTime);
      });
      const [stored] = await repository.loadValuations([portfolio.id]);
      expect(figuresOf(stored!)).toEqual(figuresAt(portfolio, times.at(-1)!));
      for (const service of services) {
        outdated += service.stats().outdated;
        saved += service.stats().succeeded - service.stats().outdated;
      }
    });
    expect(Math.min(outdated, saved)).toBeGreaterThan(seeds.length);
  });
});
