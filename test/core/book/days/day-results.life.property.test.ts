import { expect, test } from 'vitest';
import {
  cmeGlobex,
  cryptoMarkets,
  lse,
  usEquities,
  usOptions,
  type TradingCalendar,
} from '../../../../src/calendars/index.js';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../../src/core/book/position-book.js';
import type { EndedDate } from '../../../../src/core/book/days/day-recorder.js';
import type { DayClose } from '../../../../src/core/calendars/day-store.js';
import type { InstrumentInput } from '../../../../src/core/instruments/instrument.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../../src/core/prices/price-changed-event.js';
import { Dice } from '../../../oracle/dice.js';
import { add, multiply, parse, rounded, subtract, ZERO, type Rational } from '../../../oracle/rational.js';
import { seed, sized } from '../../../sizes.js';

const DAYS = sized({ quick: 20, gate: 40, full: 200 });
const WORLDS = sized({ quick: 1, gate: 5, full: 200 });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2025-10-20T12:00:00Z');

interface Market {
  readonly instrument: InstrumentInput;
  readonly calendar: TradingCalendar;
  /** The money of its cost and profit. */
  readonly money: 'USD' | 'GBP' | 'BTC';
  /** Prices in cents of the quote, from and to. */
  readonly cents: readonly [number, number];
  /** What a unit costs at a price of 1. */
  readonly factor: string;
}

const market = (
  symbol: string,
  calendar: TradingCalendar,
  rest: Partial<InstrumentInput> = {},
  more: Partial<Market> = {},
): Market => ({
  instrument: { symbol, currency: 'USD', ...rest },
  calendar,
  money: 'USD',
  cents: [9_000, 12_000],
  factor: '1',
  ...more,
});

const MARKETS: readonly Market[] = [
  market('STOCK', usEquities),
  market('OTHER', usEquities),
  // Comes to be by a rename only.
  market('HEIR', usEquities),
  market('BOND', usEquities, { quotation: 'percent' }, { factor: '0.01' }),
  market('CALL', usOptions, { multiplier: 100 }, { cents: [100, 900], factor: '100' }),
  market('PENCE', lse, { currency: 'GBp' }, { money: 'GBP', factor: '0.01' }),
  market('FUTURE', cmeGlobex, { multiplier: 50, valuationMethod: 'futures' }),
  market('PERP', cryptoMarkets, { valuationMethod: 'futures', multiplier: '0.5' }),
  market(
    'INVERSE',
    cryptoMarkets,
    { settlementCurrency: 'BTC', multiplier: 100, valuationMethod: 'futures', inverse: true },
    { money: 'BTC', cents: [5_000_000, 7_000_000] },
  ),
];
const SPOTS = ['STOCK', 'OTHER', 'HEIR'];
const PAIRS = ['GBP/USD', 'BTC/USD'] as const;
const PAIR_CENTS = { 'GBP/USD': [120, 140], 'BTC/USD': [5_000_000, 7_000_000] } as const;

const text = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
const keyOf = ({ calendar, date }: Pick<EndedDate, 'calendar' | 'date'>): string => `${calendar} ${date}`;

/** Some weeks of one portfolio with entries of every type, also at the very end of days, and official closes that come late. */
class World {
  readonly dice: Dice;
  readonly clock = new FakeClock({ now: START });
  /** What came in from outside, at fair value. */
  flows = ZERO;
  /** The last result of each day. */
  readonly results = new Map<string, Rational>();
  readonly unknown: string[] = [];
  readonly seen = new Map<string, number>();
  readonly #reported = new Set<string>();
  readonly #prices = new Map<string, string>();
  readonly #stored = new Map<string, DayClose>();
  /** Since when each symbol is in the ledger under its name: of days before, no close was recorded. */
  readonly #knownSince = new Map<string, number>();
  #portfolio = Portfolio.create({
    id: 'p',
    currency: 'USD',
    instruments: MARKETS.map(({ instrument }) => instrument),
  });
  #book = this.#newBook();
  #entries = 0;

  constructor(worldSeed: number) {
    this.dice = new Dice(worldSeed);
    for (const pair of PAIRS) this.tick(pair);
    // Of a symbol that nobody has ever held, nothing is recorded.
    for (const { instrument, money } of MARKETS) {
      const { symbol } = instrument;
      const price = this.tick(symbol);
      if (symbol === 'HEIR') continue;
      const rates = money === 'USD' ? {} : { [money]: this.#rate(money) };
      this.#enter({ type: 'buy', symbol, quantity: 1, price, rates });
    }
  }

  get #now(): number {
    return this.clock.now();
  }

  /** A new price of a symbol or pair, or of any. */
  tick(
    symbol: string = this.dice.pick([...MARKETS.map(({ instrument }) => instrument.symbol), ...PAIRS]),
  ): string {
    const [from, to] =
      MARKETS.find(({ instrument }) => instrument.symbol === symbol)?.cents ??
      PAIR_CENTS[symbol as 'GBP/USD'];
    const price = text(this.dice.between(from, to));
    this.#prices.set(symbol, price);
    this.#apply(symbol, {});
    return price;
  }

  /** The venue gives the close of the last session of a symbol, hours after the end of its day. */
  official(): void {
    const { instrument, calendar } = this.dice.pick(MARKETS);
    const session = calendar.sessionAt(this.#now)!;
    const last = calendar.previousSession(session)!;
    const previousClose = text(
      this.dice.between(...MARKETS.find((each) => each.instrument === instrument)!.cents),
    );
    this.#apply(instrument.symbol, { previousClose, previousCloseAt: last.closesAt });
    this.#count('official');
    this.#record();
  }

  /** Another process continues, from what was stored. */
  restart(): void {
    this.#record();
    this.#book = this.#newBook();
    this.#book.loadCloses(
      [...new Set([...this.#stored.values()].map(({ calendar }) => calendar))],
      [...this.#stored.values()],
    );
    this.#book.setPortfolio(this.#portfolio);
    for (const symbol of this.#prices.keys()) this.#apply(symbol, {});
    this.#record();
  }

  go(time: number): void {
    this.clock.setWallClock(time);
    this.#record();
  }

  /** When the day of some calendar, or of cash, ends next. */
  nextEnd(): number {
    const ends = MARKETS.map(({ calendar }) => calendar.sessionAt(this.#now + 1)!.endsAt);
    return this.dice.pick([...ends, Math.floor(this.#now / DAY) * DAY + DAY]);
  }

  book(): void {
    const it = this.dice.pick(MARKETS);
    const { symbol } = it.instrument;
    const held = this.#portfolio.position(symbol)?.quantity;
    if (symbol === 'HEIR' && !this.#portfolio.account.holdings.has(symbol)) return;
    const units = this.dice.between(1, 40);
    const price = this.tick(symbol);
    const rate = it.money === 'USD' ? '1' : this.#rate(it.money);
    const money = { currency: it.money, rates: it.money === 'USD' ? {} : { [it.money]: rate } };
    const { rates } = money;
    const isFutures = it.instrument.valuationMethod === 'futures';
    const worth = multiply(multiply(parse(price), parse(it.factor)), parse(rate));
    const fair = (quantity: string): Rational => multiply(worth, parse(quantity));
    const type = this.dice.pick([
      'buy', 'buy', 'sell', 'sell', 'deposit', 'income', 'fee', 'settlement', 'transferIn', 'transferOut', 'split', 'returnOfCapital', 'rename', 'spinOff', 'conversion',
    ] as const); // prettier-ignore
    if (type === 'buy' || type === 'sell')
      return this.#enter({
        type,
        symbol,
        quantity: units,
        price,
        rates,
        fee: '0.25',
        ...(it.money !== 'USD' && { feeCurrency: it.money }),
      });
    if (type === 'deposit') {
      const isIn = this.dice.chance(0.6);
      const amount = it.money === 'BTC' ? '0.25' : `${units * 100}`;
      this.flows = add(this.flows, multiply(parse(isIn ? amount : `-${amount}`), parse(rate)));
      return this.#enter({ type: isIn ? 'deposit' : 'withdrawal', amount, ...money });
    }
    if (type === 'conversion')
      return this.#enter({
        type,
        sold: { currency: 'USD', amount: '130' },
        bought: { currency: 'GBP', amount: '100' },
        rates: { GBP: '1.3' },
      });
    if (held === undefined || held.isZero) return;
    const size = held.abs().toString();
    if (type === 'income')
      return this.#enter({
        type,
        kind: 'dividend',
        symbol,
        amount: it.money === 'BTC' ? '0.01' : '12.5',
        ...money,
      });
    if (type === 'fee')
      return this.#enter({ type, symbol, amount: it.money === 'BTC' ? '0.001' : '1.5', ...money });
    if (type === 'settlement') return isFutures ? this.#enter({ type, symbol, price, rates }) : undefined;
    if (type === 'split') {
      const [from, to] = this.dice.pick([
        [1, 2],
        [2, 1],
      ]);
      return it.instrument.inverse
        ? undefined
        : this.#enter({ type, symbol, from, to, cashInLieuPrice: price, rates });
    }
    if (isFutures) return;
    if (type === 'returnOfCapital') return this.#enter({ type, symbol, amount: '3.5', ...money });
    if (type === 'transferIn' && held.sign > 0) {
      const value = fair(`${units}`);
      this.flows = add(this.flows, value);
      const cost = multiply(multiply(parse(price), parse(it.factor)), parse(`${units}`));
      return this.#enter({ type, symbol, quantity: units, cost: rounded(cost, 8), price, rates });
    }
    if (type === 'transferOut' && held.sign > 0) {
      this.flows = subtract(this.flows, fair(size));
      return this.#enter({ type, symbol, quantity: size, price, rates });
    }
    if (!SPOTS.includes(symbol) || held.sign < 0) return;
    const into = this.dice.pick(SPOTS.filter((each) => each !== symbol));
    if (type === 'rename' && !this.#portfolio.position(into)) this.#enter({ type, symbol, into });
    if (type === 'spinOff' && !(this.#portfolio.position(into)?.quantity.sign === -1))
      this.#enter({ type, symbol, into, from: 1, to: 1, costShare: '0.3' });
  }

  /** What all days have brought, with today. */
  days(): Rational {
    const total = this.#book.value('p')!.dayPnl;
    if (!total) this.unknown.push('today');
    return [...this.results.values()].reduce(add, parse(total?.toString() ?? '0'));
  }

  /** What the ledger says has been earned since the beginning. */
  life(): Rational {
    return subtract(parse(this.#book.value('p')!.equity!.toString()), this.flows);
  }

  #rate(money: 'GBP' | 'BTC'): string {
    return this.tick(`${money}/USD`);
  }

  #enter(entry: object): void {
    const { type, symbol, into } = entry as { type: string; symbol?: string; into?: string };
    this.#count(type);
    for (const each of [symbol, into])
      if (each !== undefined && !this.#knownSince.has(each)) this.#knownSince.set(each, this.#now);
    const isLate =
      symbol !== 'HEIR' && ['buy', 'deposit', 'withdrawal', 'income'].includes(type) && this.dice.chance(0.2);
    // Not before it began, and in days that are restated.
    const earliest = symbol === undefined ? START : this.#knownSince.get(symbol)!;
    const at = isLate ? Math.max(earliest, this.#now - this.dice.between(0, 3 * DAY)) : this.#now;
    const booked = { ...entry, id: `e${this.#entries++}`, at };
    this.#portfolio = this.#portfolio.apply(booked as LedgerEntryInput);
    if (type === 'rename') this.#knownSince.delete(symbol!);
    this.#book.setPortfolio(this.#portfolio);
    this.#book.computeTotals();
    this.#take(this.#book.days.endedDays().filter((day) => this.#reported.has(keyOf(day))));
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  #apply(symbol: string, close: { previousClose?: string; previousCloseAt?: number }): void {
    const price = this.#prices.get(symbol)!;
    const accrued = symbol === 'BOND' ? { accrued: text(100 + (Math.floor(this.#now / DAY) % 90)) } : {};
    const update = { symbol, price, timestamp: this.#now, ...accrued, ...close };
    this.#book.applyPrices(PriceChangedBatch.ofUpdates([update], this.#now));
    this.#book.computeTotals();
  }

  // As an engine does: what days ended with is stored, and results are computed anew where an official close came.
  #record(): void {
    this.#book.computeTotals();
    const { days, late } = this.#book.days.recorder.take();
    for (const close of [...days.flatMap(({ closes }) => closes), ...late])
      this.#stored.set(`${keyOf(close)} ${close.symbol}`, close);
    const restated = late.flatMap((close) => this.#book.days.endedDay(close) ?? []);
    this.#take([...days, ...restated]);
  }

  #take(days: readonly EndedDate[]): void {
    for (const day of days) {
      this.#reported.add(keyOf(day));
      const result = this.#book.dayResults(0, [day])[0];
      if (!result) continue;
      if (result.pnl) this.results.set(keyOf(day), parse(result.pnl.toString()));
      else this.unknown.push(keyOf(day));
    }
  }

  #newBook(): PositionBook {
    const byName = new Map(MARKETS.map(({ instrument, calendar }) => [instrument.symbol, calendar]));
    const book = new PositionBook({
      clock: this.clock,
      fx: PAIRS,
      calendars: (symbol) => byName.get(symbol),
      instruments: MARKETS.map(({ instrument }) => instrument),
    });
    book.setPortfolio(this.#portfolio);
    return book;
  }
}

test(`over ${DAYS} days with every type of entry, the days and today add up to what was earned`, () => {
  const seen = new Map<string, number>();
  for (let world = 0; world < WORLDS; world++) {
    const it = new World(seed + world);
    const step = (): void => {
      if (it.dice.chance(0.7)) it.tick();
      if (it.dice.chance(0.3)) it.book();
    };
    for (let at = START; at < START + DAYS * DAY;) {
      at += it.dice.between(1, 4) * HOUR + it.dice.between(0, HOUR);
      // At the very end of a day, and a moment later.
      for (let end = it.nextEnd(); end < at && it.dice.chance(0.5); end = it.nextEnd())
        for (const time of [end, end + 1]) {
          it.go(time);
          it.book();
        }
      if (at <= it.clock.now()) continue;
      it.go(at);
      step();
      if (it.dice.chance(0.05)) it.official();
      if (it.dice.chance(0.02)) it.restart();
    }
    const [days, life] = [it.days(), it.life()];
    expect(it.unknown, `seed ${seed + world}`).toEqual([]);
    // Each result is rounded to cents.
    const off = subtract(days, life);
    const cents = Math.round(Math.abs(100 * Number(rounded(off, 2))));
    expect(cents, `seed ${seed + world}: ${rounded(days, 2)} of ${rounded(life, 2)}`).toBeLessThanOrEqual(
      Math.ceil(it.results.size / 2) + 2,
    );
    for (const [what, count] of it.seen) seen.set(what, (seen.get(what) ?? 0) + count);
  }
  const all =
    'buy sell deposit withdrawal income fee settlement transferIn transferOut split returnOfCapital conversion official';
  expect(all.split(' ').filter((what) => !seen.has(what))).toEqual([]);
});
