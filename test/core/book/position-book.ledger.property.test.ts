import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { TickmarkError } from '../../../src/core/errors.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { exitPrice, lastPrice, midPrice } from '../../../src/core/book/price-policy.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { Dice } from '../../oracle/dice.js';
import type { OraclePrice } from '../../oracle/fx-oracle.js';
import type { OracleInstrument } from '../../oracle/instrument-oracle.js';
import type { OracleEntry } from '../../oracle/entry-oracle.js';
import { OracleAccount } from '../../oracle/ledger-oracle.js';
import {
  INSTRUMENTS,
  LEDGER_PAIRS,
  randomEntry,
  randomInstrument,
  randomTick,
} from '../../oracle/random-ledger-world.js';
import { expectSame, plain, type Plain } from '../../oracle/same-figures.js';
import { valuationOf, type OracleValuation, type OracleWorld } from '../../oracle/valuation-oracle.js';
import { seed, sized } from '../../sizes.js';

const MARKS = sized({ quick: 2000, gate: 8000, full: 1_000_000 });
/** Then another course begins, so that ledgers stay short. */
const MARKS_OF_A_COURSE = 500;
const HOUR = 3_600_000;
const OPENS_AT = Date.UTC(2026, 2, 2);
const POLICIES = { last: lastPrice, exit: exitPrice, mid: midPrice };
const METHODS = ['average', 'fifo', 'lifo', 'hifo'] as const;
const HOMES = ['USD', 'EUR', 'GBP', 'JPY', 'GBp'] as const;

const KNOWN = new Map(INSTRUMENTS.map((each) => [each.symbol, each]));

/** How many checked portfolios had what. */
type Seen = Record<'exchanges' | 'closed' | 'interest' | 'dayPnl' | 'inverse' | 'known', number>;

/** A portfolio of the library beside its entries, which the oracle replays. */
interface Held {
  portfolio: Portfolio;
  readonly entries: OracleEntry[];
  /** What the oracle makes of the entries; `null` after a new one. */
  account: OracleAccount | null;
  isInBook: boolean;
}

/** One book on its random way, and what it has been told. */
class Course {
  readonly prices = new Map<string, OraclePrice>();
  readonly instruments = new Map<string, OracleInstrument>();
  readonly held: Held[];
  readonly book: PositionBook;
  readonly #dice: Dice;
  readonly #options: Pick<OracleWorld, 'fxMaxAgeMs' | 'fxPolicy' | 'pricePolicy' | 'staleAfterMs'>;
  #now = OPENS_AT + HOUR;
  #numberOfEntries = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#options = {
      fxMaxAgeMs: dice.chance(0.7) ? Infinity : 2 * HOUR,
      fxPolicy: dice.pick(['last', 'sides']),
      pricePolicy: dice.pick(['last', 'last', 'exit', 'mid']),
      staleAfterMs: HOUR,
    };
    for (const each of dice.some(INSTRUMENTS, dice.between(0, INSTRUMENTS.length)))
      this.instruments.set(each.symbol, each);
    this.book = this.#newBook();
    this.held = HOMES.map((currency, n) => {
      const terms = { id: `P${n}`, currency, costMethod: dice.pick(METHODS), instruments: INSTRUMENTS };
      return { portfolio: Portfolio.replay(terms, []), entries: [], account: null, isInBook: false };
    });
    // What was held when the day began.
    for (const each of this.held)
      for (let n = dice.between(2, 12); n > 0; n--) this.enter(each, OPENS_AT - dice.between(1, 40) * HOUR);
  }

  #newBook(): PositionBook {
    const { fxMaxAgeMs, fxPolicy, pricePolicy, staleAfterMs } = this.#options;
    return new PositionBook({
      fx: LEDGER_PAIRS,
      fxMaxAgeMs,
      fxPolicy,
      policy: POLICIES[pricePolicy],
      staleAfter: staleAfterMs,
      instruments: Object.fromEntries(this.instruments),
      clock: { ...systemClock, now: () => this.#now },
    });
  }

  world(): OracleWorld {
    const { prices, instruments } = this;
    return { ...this.#options, prices, instruments, pairs: LEDGER_PAIRS, now: this.#now, source: 'venue' };
  }

  /** Applies prices. Returns how many. */
  tick(): number {
    this.#now += this.#dice.chance(0.05) ? this.#dice.between(0, HOUR) : this.#dice.between(1, 1000);
    const fresh = new Map(
      Array.from({ length: this.#dice.between(1, 12) }, () => randomTick(this.#dice, this.#now, OPENS_AT)),
    );
    for (const [symbol, price] of fresh) {
      // That of the last price, where this one has none.
      const currency = price.currency ?? this.prices.get(symbol)?.currency;
      this.prices.set(symbol, currency === undefined ? price : { ...price, currency });
    }
    this.#apply(this.book, fresh);
    return fresh.size;
  }

  #apply(book: PositionBook, prices: ReadonlyMap<string, OraclePrice>): void {
    const updates = [...prices].map(([symbol, { last, ...rest }]): PriceUpdate => {
      return { symbol, price: last, ...rest };
    });
    if (updates.length > 0)
      book.applyPrices(PriceChangedBatch.ofUpdates(updates, this.#now, { allowNonPositive: true }), 'venue');
  }

  /** Enters something into a ledger, also late. What the ledger refuses is left out. */
  enter(held: Held, at = this.#now - (this.#dice.chance(0.1) ? this.#dice.between(0, 20) * HOUR : 0)): void {
    const entry = randomEntry(this.#dice, held.portfolio, `e${++this.#numberOfEntries}`, at);
    try {
      held.portfolio = held.portfolio.apply(entry).withVersion(this.#numberOfEntries);
    } catch (error) {
      if (!(error instanceof TickmarkError)) throw error;
      expect(['INVALID_ARGUMENT', 'FRACTIONAL_SPLIT']).toContain(error.code);
      return;
    }
    held.entries.push(entry);
    held.account = null;
    if (held.isInBook) this.book.setPortfolio(held.portfolio);
  }

  /** Something other than prices. */
  change(): void {
    const dice = this.#dice;
    const held = dice.pick(this.held);
    if (dice.chance(0.1)) {
      held.isInBook = !held.isInBook;
      if (held.isInBook) this.book.setPortfolio(held.portfolio);
      else this.book.removePortfolio(held.portfolio.id);
    } else if (dice.chance(0.2)) {
      const instrument = randomInstrument(dice);
      this.instruments.set(instrument.symbol, instrument);
      this.book.setInstrument(instrument);
    } else {
      this.enter(held);
    }
  }

  /** Compares the book with a new one, and both with the oracle; counts what it has seen. */
  check(what: string, seen: Seen): void {
    const rebuilt = this.#newBook();
    const there = this.held.filter(({ isInBook }) => isInBook);
    for (const { portfolio } of there) rebuilt.setPortfolio(portfolio);
    this.#apply(rebuilt, this.prices);
    this.book.computeTotals();
    rebuilt.computeTotals();
    const world = this.world();
    for (const held of there) {
      const { id, version, currency } = held.portfolio;
      const name = `${what}, ${id}`;
      const value = valueOf(this.book, id);
      const account = (held.account ??= accountOf(held));
      const expected = valuationOf({ id, version, currency }, account, world);
      expectSame(value, expected, `${name}: oracle`);
      expectSame(valueOf(rebuilt, id), value, `${name}: rebuilt`);
      const record = recordOf(this.book, id);
      expectSame(record, alike(expected, record), `${name}: record by the oracle`);
      expectSame(record, recordOf(rebuilt, id), `${name}: rebuilt record`);
      note(seen, held, expected);
    }
  }
}

test('a book is what a new one and the reference valuation say, whatever prices, entries and instruments come', () => {
  const seen: Seen = { exchanges: 0, closed: 0, interest: 0, dayPnl: 0, inverse: 0, known: 0 };
  let checks = 0;
  for (let [marks, round] = [0, 0]; marks < MARKS; round++) {
    const dice = new Dice(seed + round);
    const course = new Course(dice);
    for (const each of course.held) each.isInBook = true;
    for (const { portfolio } of course.held) course.book.setPortfolio(portfolio);
    for (let ofCourse = 0; ofCourse < MARKS_OF_A_COURSE;) {
      ofCourse += course.tick();
      if (dice.chance(0.6)) course.change();
      if (dice.chance(0.4)) course.book.computeTotals();
      if (!dice.chance(0.15)) continue;
      checks++;
      course.check(`seed ${seed + round}, after ${ofCourse} marks`, seen);
    }
    marks += MARKS_OF_A_COURSE;
  }
  // A kind that never occurs would be untested.
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(checks / 100);
  expect(checks).toBeGreaterThan(MARKS / 100);
});

function note(seen: Seen, { entries }: Held, value: OracleValuation): void {
  if (entries.some(({ type }) => /split|spinOff|merger|rename/.test(type))) seen.exchanges++;
  if ((value.closed as unknown[]).length > 0) seen.closed++;
  if (Number(value.accruedInterest) !== 0) seen.interest++;
  if (Number(value.dayPnl) !== 0) seen.dayPnl++;
  if (value.positions.some(({ symbol }) => symbol === 'INVERSE')) seen.inverse++;
  if (value.totalPnl !== null) seen.known++;
}

function valueOf(book: PositionBook, id: string): Plain {
  const value = book.value(id)!;
  return plain({ ...value, unconverted: [...value.unconverted].sort() });
}

function accountOf({ portfolio: { currency, costMethod }, entries }: Held): OracleAccount {
  const inOrder = [...entries].sort((a, b) => a.at - b.at);
  return new OracleAccount({ currency, costMethod, instruments: KNOWN }, inOrder);
}

// Which prices a record is made of depends on when they came, not on which they are.
function recordOf(book: PositionBook, id: string): Plain {
  const { priceOrder: _, valuedAt: __, ...record } = book.record(book.numberOf(id)!)!;
  return plain(record);
}

// A record with the figures of a valuation, as far as that has them.
function alike(valuation: Plain, record: Plain): Plain {
  return Object.fromEntries(
    Object.entries(record).map(([name, own]) => {
      const figure = name in valuation ? valuation[name] : own;
      return [name, name === 'priced' ? alike(figure as Plain, own as Plain) : figure];
    }),
  );
}
