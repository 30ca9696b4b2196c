import { expect, test } from 'vitest';
import { exitPrice, lastPrice, midPrice } from '../../../src/core/book/price-policy.js';
import { valuePortfolio, type QuotedPrice } from '../../../src/core/book/value-portfolio.js';
import { Dice } from '../../oracle/dice.js';
import { bookOf, portfolioOf, randomWorld, type World } from '../../oracle/random-world.js';
import { seed, sized } from '../../sizes.js';

const WORLDS = sized({ quick: 10, gate: 40, full: 2000 });
const POLICIES = { last: lastPrice, exit: exitPrice, mid: midPrice };

function quoted(world: World, symbols: Iterable<string>): Map<string, QuotedPrice> {
  const prices = new Map<string, QuotedPrice>();
  for (const symbol of symbols) {
    const known = world.prices.get(symbol);
    if (!known) continue;
    const { last, ...rest } = known;
    prices.set(symbol, { price: last, ...rest });
  }
  return prices;
}

test('valuePortfolio() equals the valuation of a book at the same prices, digit for digit', () => {
  for (let round = 0; round < WORLDS; round++) {
    const dice = new Dice(seed + round);
    const world = { ...randomWorld(dice, 20), source: 'given' };
    const book = bookOf(world, dice);
    const pairs = world.pairs.map(({ symbol }) => symbol);
    const rates = quoted(world, pairs);
    const prices = quoted(
      world,
      [...world.prices.keys()].filter((symbol) => !pairs.includes(symbol)),
    );
    for (const portfolio of world.portfolios) {
      const value = valuePortfolio(portfolioOf(portfolio, dice, world), {
        allowNonPositive: true,
        prices: dice.chance(0.5) ? prices : Object.fromEntries(prices),
        rates: dice.chance(0.5) ? rates : Object.fromEntries(rates),
        policy: POLICIES[world.pricePolicy],
        fxPolicy: world.fxPolicy,
        fxMaxAgeMs: world.fxMaxAgeMs,
        staleAfter: world.staleAfterMs,
        now: world.now,
      });
      expect(JSON.stringify(value), `seed ${seed + round}, ${portfolio.id}`).toBe(
        JSON.stringify(book.value(portfolio.id)),
      );
    }
  }
});
