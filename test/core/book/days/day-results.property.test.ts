import { expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { cryptoMarkets } from '../../../../src/calendars/crypto-markets.js';
import { forex } from '../../../../src/calendars/forex.js';
import { lse } from '../../../../src/calendars/lse.js';
import { tokyo } from '../../../../src/calendars/tokyo.js';
import { usEquities } from '../../../../src/calendars/us-equities.js';
import type { DayClose } from '../../../../src/core/calendars/day-store.js';
import type { TradingCalendar } from '../../../../src/core/calendars/trading-calendar.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import { Dice } from '../../../oracle/dice.js';
import { add, multiply, parse, rounded, subtract, ZERO, type Rational } from '../../../oracle/rational.js';
import { seed, sized } from '../../../sizes.js';

const DAYS = sized({ quick: 40, gate: 400, full: 400 });
const WORLDS = sized({ quick: 2, gate: 4, full: 200 });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** With the end of summer time in each zone, Thanksgiving, Christmas, New Year and Golden Week. */
const START = Date.parse('2025-10-20T00:00:00Z');

const MARKETS: ReadonlyArray<{ symbol: string; currency: string; calendar: TradingCalendar }> = [
  { symbol: 'AAPL', currency: 'USD', calendar: usEquities },
  { symbol: 'SONY', currency: 'JPY', calendar: tokyo },
  { symbol: 'HSBA', currency: 'GBP', calendar: lse },
  { symbol: 'BTC', currency: 'USD', calendar: cryptoMarkets },
  { symbol: 'EURUSD', currency: 'USD', calendar: forex },
];
const PAIRS = ['GBP/USD', 'USD/JPY'] as const;

/** What the day of one symbol, or of cash, is measured by: quantity, price and rate at its last end, and what was put in since. */
interface Span {
  value: Rational;
  flows: Rational;
}

/** A year of one portfolio, told twice: to a book, and to sums that anyone can check. */
class World {
  readonly dice: Dice;
  readonly clock = new FakeClock({ now: START });
  readonly prices = new Map<string, Rational>();
  readonly units = new Map<string, Rational>(MARKETS.map(({ symbol }) => [symbol, ZERO]));
  readonly cash = new Map<string, Rational>();
  /** By symbol, or `cash`; at first nothing is held. */
  readonly spans = new Map<string, Span>(
    [...MARKETS.map(({ symbol }) => symbol), 'cash'].map((key) => [key, { value: ZERO, flows: ZERO }]),
  );
  /** Symbols that were ever held: others have no result. */
  readonly held = new Set<string>();
  readonly stored: DayClose[] = [];
  readonly found: string[] = [];
  readonly expected: string[] = [];
  #portfolio = Portfolio.create({ id: 'p', currency: 'USD' });
  #book = this.#newBook();
  #entries = 0;

  constructor(worldSeed: number) {
    this.dice = new Dice(worldSeed);
  }

  /** Units of USD for one of a currency, by the last prices. */
  rate(currency: string): Rational {
    if (currency === 'USD') return parse('1');
    if (currency === 'GBP') return this.prices.get('GBP/USD')!;
    const { n, d } = this.prices.get('USD/JPY')!;
    return { n: d, d: n };
  }

  price(symbol: string, text: string): void {
    this.prices.set(symbol, parse(text));
    const now = this.clock.now();
    this.#book.applyPrices(PriceChangedBatch.ofUpdates([{ symbol, price: text, timestamp: now }], now));
  }

  trade(): void {
    const { symbol, currency } = this.dice.pick(MARKETS);
    const units = BigInt(this.dice.between(1, 50)) * (this.dice.chance(0.5) ? 1n : -1n);
    const price = this.#text(symbol);
    const quantity = (units < 0n ? -units : units).toString();
    const rate = currency === 'USD' ? undefined : this.#rateText(currency);
    this.#enter({
      type: units > 0n ? 'buy' : 'sell',
      symbol,
      quantity,
      price,
      currency,
      ...(rate !== undefined && { rates: { [currency]: rate } }),
    } as never);
    const paid = multiply(parse(price), { n: units, d: 1n });
    this.held.add(symbol);
    this.units.set(symbol, add(this.units.get(symbol)!, { n: units, d: 1n }));
    this.#move(currency, subtract(ZERO, paid), parse(rate ?? '1'));
    this.#flow(symbol, multiply(paid, parse(rate ?? '1')));
  }

  /** Two new units for each old one, at half of the price. */
  split(): void {
    const { symbol } = this.dice.pick(MARKETS);
    if (this.units.get(symbol)!.n === 0n) return;
    this.#enter({ type: 'split', symbol, from: 1, to: 2 } as never);
    this.units.set(symbol, multiply(this.units.get(symbol)!, parse('2')));
    this.price(symbol, this.#text(symbol));
  }

  /** Another process continues, from what was stored. */
  restart(): void {
    this.#record();
    this.#book = this.#newBook();
    this.#book.takeCloses(this.stored);
    this.#book.setPortfolio(this.#portfolio);
    const now = this.clock.now();
    for (const [symbol] of this.prices) {
      const price = this.#last.get(symbol)!;
      this.#book.applyPrices(PriceChangedBatch.ofUpdates([{ symbol, price, timestamp: now }], now));
    }
    this.#book.computeTotals();
  }

  /** Moves time on, past the ends of days. */
  go(time: number): void {
    const now = this.clock.now();
    for (const end of this.#ends(now, time)) this.#endOf(end.key, end.date);
    this.clock.setWallClock(time);
    this.#book.computeTotals();
    this.#record();
  }

  readonly #last = new Map<string, string>();

  #text(symbol: string): string {
    const text =
      symbol === 'SONY'
        ? `${this.dice.between(2000, 4000)}`
        : `${this.dice.between(100, 300)}.${this.dice.between(0, 9)}`;
    this.#last.set(symbol, text);
    this.price(symbol, text);
    return text;
  }

  /** A new price of a symbol or pair. */
  tick(): void {
    const symbol = this.dice.pick([...MARKETS.map((market) => market.symbol), ...PAIRS]);
    if (symbol === 'GBP/USD') return this.pair(symbol, `1.${this.dice.between(20, 39)}`);
    if (symbol === 'USD/JPY') return this.pair(symbol, `${this.dice.between(140, 160)}`);
    this.#text(symbol);
  }

  pair(symbol: string, text: string): void {
    this.#last.set(symbol, text);
    this.price(symbol, text);
  }

  // A rate that can be written down: trades are booked at their own rates, not at those of the market.
  #rateText(currency: string): string {
    return currency === 'GBP' ? `1.${this.dice.between(20, 39)}` : `0.00${this.dice.between(60, 72)}`;
  }

  #enter(entry: LedgerEntryInput): void {
    const at = this.clock.now();
    this.#portfolio = this.#portfolio.apply([
      { ...entry, id: `e${this.#entries++}`, at } as LedgerEntryInput,
    ]);
    this.#book.setPortfolio(this.#portfolio);
    this.#book.computeTotals();
  }

  #move(currency: string, amount: Rational, rate: Rational): void {
    this.cash.set(currency, add(this.cash.get(currency) ?? ZERO, amount));
    this.#flow('cash', multiply(amount, rate));
  }

  #flow(key: string, amount: Rational): void {
    const span = this.spans.get(key)!;
    span.flows = add(span.flows, amount);
  }

  #worth(key: string): Rational {
    if (key === 'cash')
      return [...this.cash].reduce(
        (sum, [code, amount]) => add(sum, multiply(amount, this.rate(code))),
        ZERO,
      );
    const { currency } = MARKETS.find(({ symbol }) => symbol === key)!;
    return multiply(multiply(this.units.get(key)!, this.prices.get(key)!), this.rate(currency));
  }

  // The days of symbols and of cash that end between two times.
  #ends(from: number, to: number): ReadonlyArray<{ key: string; date: string }> {
    const ends: Array<{ key: string; date: string; at: number }> = [];
    for (const { symbol, calendar } of MARKETS)
      for (
        let session = calendar.sessionAt(from)!;
        session.endsAt < to;
        session = calendar.nextSession(session)!
      )
        ends.push({ key: symbol, date: session.date, at: session.endsAt });
    for (let at = Math.floor(from / DAY) * DAY + DAY; at <= to; at += DAY)
      ends.push({ key: 'cash', date: new Date(at - 1).toISOString().slice(0, 10), at });
    return ends.sort((one, other) => one.at - other.at);
  }

  #endOf(key: string, date: string): void {
    const value = this.#worth(key);
    const span = this.spans.get(key)!;
    const isShown =
      key === 'cash' ? [...this.cash.keys()].some((code) => code !== 'USD') : this.held.has(key);
    if (isShown) {
      const calendar = MARKETS.find(({ symbol }) => symbol === key)?.calendar.name ?? 'cash';
      const pnl = subtract(subtract(value, span.value), span.flows);
      this.expected.push(`${calendar} ${date} ${rounded(pnl, 2)}`);
    }
    this.spans.set(key, { value, flows: ZERO });
  }

  #record(): void {
    for (const day of this.#book.days.recorder.take().days) {
      this.stored.push(...day.closes);
      const result = this.#book.dayResults(0, [day])[0];
      if (result?.pnl) this.found.push(`${day.calendar} ${day.date} ${result.pnl.toString()}`);
    }
  }

  #newBook(): PositionBook {
    const byName = new Map(MARKETS.map(({ symbol, calendar }) => [symbol, calendar]));
    const book = new PositionBook({
      clock: this.clock,
      fx: PAIRS,
      calendars: (symbol) => byName.get(symbol),
    });
    book.setPortfolio(this.#portfolio);
    return book;
  }
}

test(`over ${DAYS} days of five calendars, each result is end − start − flows, and the days add up`, () => {
  for (let world = 0; world < WORLDS; world++) {
    const it = new World(seed + world);
    it.pair('GBP/USD', '1.25');
    it.pair('USD/JPY', '150');
    for (const { symbol } of MARKETS) it.pair(symbol, symbol === 'SONY' ? '3000' : '200');
    for (let at = START; at < START + DAYS * DAY;) {
      at += it.dice.between(1, 4) * HOUR + it.dice.between(0, HOUR);
      it.go(at);
      if (it.dice.chance(0.9)) it.tick();
      if (it.dice.chance(0.2)) it.trade();
      if (it.dice.chance(0.01)) it.split();
      if (it.dice.chance(0.02)) it.restart();
    }
    expect(it.found.sort(), `seed ${seed + world}`).toEqual(it.expected.sort());
    expect(it.found.length).toBeGreaterThan(DAYS * 3);
  }
});
