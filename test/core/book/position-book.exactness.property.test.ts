import { expect, test } from 'vitest';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import type { PortfolioValuation } from '../../../src/core/portfolio/figures/portfolio-valuation.js';
import { Dice } from '../../oracle/dice.js';
import { bookOf, randomWorld } from '../../oracle/random-world.js';
import { seed, sized } from '../../sizes.js';
import { expectSame, plain, type Plain } from '../../oracle/same-figures.js';
import { totals, valuation } from '../../oracle/valuation-oracle.js';

const PORTFOLIOS_EACH = 50;
const WORLDS = sized({ quick: 1000, gate: 1500, full: 1_000_000 }) / PORTFOLIOS_EACH;
const COMPUTED_WORLDS = sized({ quick: 20, gate: 25, full: 800 });

test('every figure of random portfolios equals the reference valuation, digit for digit', () => {
  const seen = { complete: 0, crossed: 0, minor: 0, rateless: 0, wide: 0, priceless: 0 };
  for (let round = 0; round < WORLDS; round++) {
    const dice = new Dice(seed + round);
    const world = randomWorld(dice, PORTFOLIOS_EACH);
    const book = bookOf(world, dice);
    book.computeTotals();
    for (const portfolio of world.portfolios) {
      const expected = valuation(portfolio, world);
      const actual = book.value(portfolio.id)!;
      expectSame(plainValuation(actual), expected, `seed ${seed + round}, ${portfolio.id}`);
      const number = book.numberOf(portfolio.id)!;
      const record = {
        portfolioId: portfolio.id,
        version: portfolio.version,
        priceTime: expected.priceTime,
        valuedAt: world.now,
        currency: portfolio.currency,
        ...totals(expected),
      };
      expectSame(
        pick(plain(book.record(number)), record),
        record,
        `record of seed ${seed + round}, ${portfolio.id}`,
      );
      expectSumsOfRows(actual);
      const { complete, positions } = expected;
      const [unpriced, unconverted] = [expected.unpriced, expected.unconverted] as string[][];
      if (complete) seen.complete++;
      if (unpriced!.length > 0) seen.priceless++;
      if (unconverted!.length > 0) seen.rateless++;
      if (positions.some(({ fx }) => ((fx as { path: string[] } | null)?.path.length ?? 0) > 1))
        seen.crossed++;
      if (portfolio.positions.some(({ currency }) => /[a-z]/.test(currency))) seen.minor++;
      if (portfolio.positions.some(({ quantity }) => quantity.length > 18)) seen.wide++;
    }
  }
  // A kind that never occurs would be untested.
  for (const [kind, count] of Object.entries(seen)) {
    expect(count, kind).toBeGreaterThan((WORLDS * PORTFOLIOS_EACH) / 50);
  }
});

test('computed totals equal those of the valuation at the same moment', () => {
  for (let round = 0; round < COMPUTED_WORLDS; round++) {
    const dice = new Dice(seed - 1 - round);
    const world = randomWorld(dice, PORTFOLIOS_EACH);
    const book = bookOf(world, dice);
    book.computeTotals();
    for (const { id } of world.portfolios) {
      const valued = plainValuation(book.value(id)!);
      const number = book.numberOf(id)!;
      const computed = plain(book.totalsOf(number));
      expect(computed.priced).toEqual(pick(valued.priced as Record<string, unknown>, { marketValue: '' }));
      for (const name of [...STREAMED_FIGURES, 'complete'] as const) {
        expect(computed[name], `${name}, seed ${seed - 1 - round}, ${id}`).toBe(valued[name]);
      }
    }
  }
});

function plainValuation(valuation: PortfolioValuation): Plain {
  return plain({ ...valuation, unconverted: [...valuation.unconverted].sort() });
}

function pick(from: Plain, like: object): Plain {
  return Object.fromEntries(Object.keys(like).map((key) => [key, from[key]]));
}

function expectSumsOfRows(valuation: PortfolioValuation): void {
  const { currency, cashDayPnl } = valuation;
  for (const name of ['marketValue', 'costBasis', 'unrealizedPnl', 'pricePnl', 'fxPnl', 'dayPnl'] as const) {
    const headline = valuation[name];
    const rows = [...valuation.positions.map((row) => row[name]), ...(name === 'dayPnl' ? [cashDayPnl] : [])];
    const isKnown = rows.every((row) => row !== null);
    if ((headline !== null) !== isKnown)
      expect(headline, `${name} is known exactly when all rows are`).toBe(isKnown);
    if (!headline) continue;
    const sum = rows.reduce((total, row) => total + row!.unitsAt(headline.scale), 0n);
    if (sum !== headline.units) expect(sum, `${name} in ${currency}`).toBe(headline.units);
  }
}
