import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import type { InstrumentInput } from '../../../src/core/instruments/instrument.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import type { Dice } from '../../oracle/dice.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 2, 9);
const PAIRS = ['EUR/USD', 'GBP/USD', 'USD/JPY'];
const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY'];
const INSTRUMENTS: InstrumentInput[] = [
  { symbol: 'FUT', currency: 'USD', valuationMethod: 'futures', multiplier: 50 },
  { symbol: 'OPT', currency: 'EUR', multiplier: 100 },
  { symbol: 'BOND', currency: 'GBP', quotation: 'percent' },
  { symbol: 'PENCE', currency: 'GBp' },
  { symbol: 'US', currency: 'USD' },
  { symbol: 'USA', currency: 'USD' },
  { symbol: 'INV', currency: 'USD', settlementCurrency: 'EUR', inverse: true, valuationMethod: 'futures' },
];
const SYMBOLS = ['A', 'B', 'C', 'US', 'USA', ...INSTRUMENTS.map(({ symbol }) => symbol)];

/** A book whose holdings, prices, rates, closes, accrued interest and days change at random. */
export class RandomDesk {
  readonly clock = new FakeClock({ now: START });
  readonly book: PositionBook;
  readonly #dice: Dice;
  #entries = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.book = new PositionBook({
      fx: PAIRS,
      clock: this.clock,
      instruments: INSTRUMENTS,
      fxPolicy: dice.chance(0.3) ? 'sides' : 'last',
      fxMaxAgeMs: dice.chance(0.2) ? 3 * DAY : Infinity,
    });
    for (let number = 0; number < 4; number++) this.trade(`p${number}`);
    if (dice.chance(0.5)) for (const symbol of [...PAIRS, ...SYMBOLS]) this.tick([symbol]);
  }

  step(): void {
    const dice = this.#dice;
    switch (dice.between(0, 9)) {
      case 0:
        return this.trade(`p${dice.between(0, 4)}`);
      case 1:
        return void this.clock.setWallClock(this.clock.now() + dice.between(1, DAY));
      case 2:
        return void this.book.removePortfolio('p4');
      case 3:
        return this.tick(PAIRS);
      default:
        return this.tick(SYMBOLS);
    }
  }

  tick(symbols: readonly string[]): void {
    const dice = this.#dice;
    const now = this.clock.now();
    const updates = Array.from({ length: dice.between(1, 4) }, (): PriceUpdate => {
      const symbol = dice.pick(symbols);
      return {
        symbol,
        price: symbols !== PAIRS && dice.chance(0.1) ? this.#lowPrice() : this.#price(),
        timestamp: now,
        ...(dice.chance(0.5) && { previousClose: this.#price() }),
        ...(dice.chance(0.2) && { previousCloseAt: now - dice.between(0, 2 * DAY) }),
        ...(dice.chance(symbols === PAIRS ? 0.9 : 0.3) && { bid: this.#price(), ask: this.#price() }),
        ...(symbol === 'BOND' && { accrued: this.#price(), previousAccrued: this.#price() }),
      };
    });
    this.book.applyPrices(PriceChangedBatch.ofUpdates(updates, now, { allowNonPositive: true }));
    this.clock.setWallClock(now + 1);
  }

  trade(id: string): void {
    const dice = this.#dice;
    const isPlain = dice.chance(0.3);
    const currency = dice.pick(CURRENCIES);
    const cash = { [currency]: this.#price() };
    const positions = SYMBOLS.slice(0, 3).map((symbol) => ({
      symbol,
      quantity: (dice.chance(0.3) ? '-' : '') + this.#price(),
      averageCost: this.#price(),
    }));
    let portfolio = Portfolio.create({ id, currency, cash, ...(isPlain && { positions }) }).withInstruments(
      INSTRUMENTS,
    );
    for (let count = isPlain ? 0 : dice.between(0, 6); count > 0; count--)
      portfolio = this.#traded(portfolio);
    this.book.setPortfolio(portfolio.withVersion(this.#entries));
  }

  #traded(portfolio: Portfolio): Portfolio {
    const dice = this.#dice;
    const at = this.clock.now() - dice.between(0, 3 * DAY);
    const rates = Object.fromEntries(CURRENCIES.map((currency) => [currency, this.#price()]));
    const base = {
      id: `e${this.#entries++}`,
      at,
      ...(dice.chance(0.3) && { settlesAt: this.clock.now() + dice.between(1, DAY) }),
      ...(dice.chance(0.8) && { rates }),
    };
    const symbol = dice.pick(SYMBOLS);
    const trade = { ...base, symbol, quantity: this.#price(), price: this.#price() };
    const entry = dice.pick<LedgerEntryInput>([
      { ...base, type: 'deposit', amount: this.#price(), currency: dice.pick(CURRENCIES) },
      { ...base, type: 'fee', amount: this.#price(), currency: dice.pick(CURRENCIES) },
      { ...trade, type: 'buy', ...(dice.chance(0.5) && { fee: '1.25' }) },
      { ...trade, type: 'sell' },
      { ...base, type: 'income', kind: 'dividend', symbol, amount: this.#price(), currency: 'EUR' },
      { ...base, type: 'split', symbol, from: 2, to: 3 },
      { ...base, type: 'settlement', symbol: 'FUT', price: this.#price() },
      { ...base, type: 'rename', symbol, into: 'D' },
    ]);
    const held = portfolio.positions;
    try {
      if (held.length === 0 || dice.chance(0.7)) return portfolio.apply(entry);
      const { symbol: closed, quantity } = dice.pick(held);
      const type = quantity.sign > 0 ? 'sell' : 'buy';
      return portfolio.apply({ ...trade, type, symbol: closed, quantity: quantity.abs() });
    } catch {
      // A split of nothing, or a symbol that is not held.
      return portfolio;
    }
  }

  // As of futures on oil in April 2020.
  #lowPrice(): string {
    return this.#dice.chance(0.2) ? '0' : `-${this.#price()}`;
  }

  #price(): string {
    const price = this.#dice.decimal({ digits: this.#dice.between(1, 7), scale: this.#dice.between(0, 4) });
    return price.replace('-', '') === '0' ? '1' : price.replace('-', '');
  }
}
