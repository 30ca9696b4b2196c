import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { SymbolTable } from '../../../src/core/prices/symbol-table.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import type { PortfolioTotals } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { Dice } from '../../oracle/dice.js';
import { seed, sized } from '../../sizes.js';

const NOW = 1_700_000_000_000;
const PAIRS = ['EUR/USD', 'GBP/USD', 'USD/JPY'];
const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'GBp'];
const PRICE_CURRENCIES = [undefined, undefined, 'GBp', 'GBP', 'JPY'];
const MOST = Number.MAX_SAFE_INTEGER;

/** How large a book is, and what happens to it. */
interface Course {
  readonly symbols: number;
  readonly portfolios: number;
  readonly positions: number;
  readonly ticks: number;
  readonly largestBatch: number;
  /** How often the totals are compared. */
  readonly checks: number;
  /** How often holdings change. */
  readonly changes: number;
  /** Share of ticks that rebuild portfolios, which costs a thousand times as much as other ticks. */
  readonly rare: number;
}

const LARGE: Course = {
  symbols: 400,
  portfolios: 120,
  positions: 14,
  ticks: sized({ quick: 50_000, gate: 60_000, full: 100_000_000 }),
  largestBatch: 1500,
  checks: sized({ quick: 5, gate: 20, full: 20 }),
  changes: sized({ quick: 100, gate: 500, full: 500 }),
  rare: sized({ quick: 0.002, gate: 0.001, full: 0.00004 }),
};
/** Compared so often that mostly a single change has touched a portfolio. */
const SMALL: Course = {
  symbols: 30,
  portfolios: 12,
  positions: 4,
  ticks: sized({ quick: 8000, gate: 8_000, full: 2_000_000 }),
  largestBatch: 20,
  checks: sized({ quick: 800, gate: 800, full: 200_000 }),
  changes: sized({ quick: 400, gate: 800, full: 100_000 }),
  rare: 0.01,
};

interface Tick {
  readonly id: number;
  readonly units: number;
  readonly scale: number;
  readonly currency: string | undefined;
  readonly time: number;
}

/** The market: random walks, with an occasional price of other digits, of another sign or at the end of the range. */
class Market {
  readonly symbols = new SymbolTable();
  readonly last: Tick[] = [];
  readonly #dice: Dice;
  readonly #rare: number;
  #time = NOW;

  constructor(dice: Dice, { symbols, rare }: Course) {
    this.#dice = dice;
    this.#rare = rare;
    for (const pair of PAIRS) this.symbols.idOf(pair);
    for (let i = 0; i < symbols; i++) this.symbols.idOf(`S${i}`);
  }

  tick(): Tick {
    const dice = this.#dice;
    const rare = this.#rare;
    const id = dice.between(0, this.symbols.size - 1);
    const time = ++this.#time;
    const known = this.last[id];
    const isPair = id < PAIRS.length;
    let { units = dice.between(1, 100_000), scale = 2, currency } = known ?? {};
    units += dice.between(-20, 20);
    if (dice.chance(rare)) scale = dice.between(0, 8);
    if (dice.chance(rare)) units = dice.pick([1, -1]) * (MOST - dice.between(0, 5));
    if (dice.chance(rare)) units = dice.between(-1000, 100_000);
    if (!isPair && dice.chance(rare / 8)) currency = dice.pick(PRICE_CURRENCIES) ?? currency;
    if (isPair && units <= 0) units = 1;
    units = Math.min(MOST, Math.max(-MOST, units));
    return (this.last[id] = { id, units, scale, currency, time });
  }

  batch(ticks: readonly Tick[]): PriceChangedBatch {
    const batch = new PriceChangedBatch('batch', NOW, this.symbols, ticks.length);
    const { prices } = batch;
    ticks.forEach(({ id, units, scale, currency, time }, row) => {
      batch.symbolIds[row] = id;
      prices.units[row] = units;
      prices.scales[row] = scale;
      prices.timestamps[row] = time;
      prices.receivedAt[row] = NOW;
      prices.venueTimes[row] = time;
      prices.details[row] = currency === undefined ? undefined : { currency };
    });
    return batch;
  }
}

/** A book, and a listener that knows only what computeTotals() returned. */
class Listener {
  readonly book: PositionBook;
  readonly received = new Map<string, PortfolioTotals>();

  constructor(symbols?: SymbolTable) {
    this.book = new PositionBook({ fx: PAIRS, symbols, clock: new FakeClock({ now: NOW }) });
  }

  computeTotals(): void {
    const changed = this.book.computeTotals();
    for (let i = 0; i < changed.length; i++) this.received.set(changed.id(i), changed.totals(i));
  }

  remove(id: string): void {
    this.book.removePortfolio(id);
    this.received.delete(id);
  }

  lines(): string[] {
    return [...this.received].map(([id, totals]) => `${id} ${JSON.stringify(totals)}`).sort();
  }
}

function randomPortfolio(id: string, version: number, dice: Dice, course: Course): Portfolio {
  const symbols = dice.some(
    Array.from({ length: 40 }, () => `S${dice.between(0, course.symbols - 1)}`),
    dice.between(0, course.positions),
  );
  return Portfolio.create({
    id,
    currency: dice.pick(CURRENCIES),
    cash: { [dice.pick(CURRENCIES)]: dice.between(-1000, 1000) },
    positions: [...new Set(symbols)].map((symbol) => {
      const isWide = dice.chance(0.05);
      const size = isWide
        ? dice.decimal({ digits: dice.between(20, 29), scale: dice.between(0, 18) })
        : dice.decimal({ digits: dice.between(1, 8), scale: dice.between(0, 6) });
      const quantity = dice.chance(0.3) ? `-${size}` : size;
      return { symbol, quantity, averageCost: dice.between(0, 5000), currency: dice.pick(CURRENCIES) };
    }),
  }).withVersion(version);
}

function newestEach(ticks: readonly Tick[]): Tick[] {
  return [...new Map(ticks.map((tick) => [tick.id, tick])).values()];
}

test.each([
  ['a large book', LARGE],
  ['a small book, compared often', SMALL],
])(
  'each total equals that of a new book after many price changes in two batchings, digit for digit: %s',
  (_, course) => {
    const { portfolios, ticks: tickCount, changes, checks } = course;
    const dice = new Dice(seed);
    const market = new Market(dice, course);
    const holdings = new Map<string, Portfolio>();
    // The first gets every price and computes totals often; the second conflates, translates symbols and computes totals seldom.
    const often = new Listener(market.symbols);
    const seldom = new Listener();
    const ticksOfSeldom: Tick[] = [];
    const deliver = () => {
      if (ticksOfSeldom.length > 0) seldom.book.applyPrices(market.batch(newestEach(ticksOfSeldom)));
      ticksOfSeldom.length = 0;
    };
    const put = (version: number) => {
      const portfolio = randomPortfolio(`P${dice.between(1, portfolios)}`, version, dice, course);
      holdings.set(portfolio.id, portfolio);
      often.book.setPortfolio(portfolio);
      if (dice.chance(0.5)) deliver();
      seldom.book.setPortfolio(portfolio);
    };
    for (let i = 0; i < 3 * portfolios; i++) put(1);

    let [applied, changed, checked] = [0, 0, 0];
    while (applied < tickCount) {
      const size = dice.chance(0.3) ? dice.between(1, 30) : dice.between(1, course.largestBatch);
      const ticks = Array.from({ length: size }, () => market.tick());
      applied += size;
      often.book.applyPrices(market.batch(ticks));
      for (const tick of ticks) {
        ticksOfSeldom.push(tick);
        if (dice.chance(0.002)) deliver();
      }
      if (dice.chance(0.4)) often.computeTotals();
      if (dice.chance(0.02)) seldom.computeTotals();
      for (; changed < (applied / tickCount) * changes; changed++) {
        if (dice.chance(0.7)) {
          put(applied);
        } else {
          const id = `P${dice.between(1, portfolios)}`;
          holdings.delete(id);
          often.remove(id);
          seldom.remove(id);
        }
      }
      if (checked >= Math.floor((applied / tickCount) * checks)) continue;
      checked = Math.floor((applied / tickCount) * checks);
      deliver();
      often.computeTotals();
      seldom.computeTotals();
      const expected = fromScratch(market, holdings);
      expectSameLines(often.lines(), expected, `computed often, after ${applied}`);
      expectSameLines(seldom.lines(), expected, `computed seldom, after ${applied}`);
    }

    for (const id of holdings.keys()) {
      expect(JSON.stringify(seldom.book.value(id)), id).toBe(JSON.stringify(often.book.value(id)));
    }
    for (const { book } of [often, seldom]) {
      expect(book.size).toBe(holdings.size);
      expect(book.positionCount).toBe(
        [...holdings.values()].reduce((sum, { positions }) => sum + positions.length, 0),
      );
    }
  },
);

function fromScratch(market: Market, holdings: ReadonlyMap<string, Portfolio>): string[] {
  const fresh = new Listener(market.symbols);
  for (const portfolio of holdings.values()) fresh.book.setPortfolio(portfolio);
  fresh.book.applyPrices(market.batch(market.last.filter(Boolean)));
  fresh.computeTotals();
  return fresh.lines();
}

function expectSameLines(actual: readonly string[], expected: readonly string[], what: string): void {
  if (actual.join('\n') !== expected.join('\n')) expect(actual, what).toEqual(expected);
}
