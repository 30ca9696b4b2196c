import { expect, test } from 'vitest';
import { cryptoMarkets } from '../../../../src/calendars/crypto-markets.js';
import { tokyo } from '../../../../src/calendars/tokyo.js';
import { usEquities } from '../../../../src/calendars/us-equities.js';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import type { TradingCalendar } from '../../../../src/core/calendars/trading-calendar.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { HoldingsEditor } from '../../../../src/core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { priceStream } from '../../../../src/core/streams/price-stream.js';
import type { PriceStreamLink } from '../../../../src/core/streams/price-stream-link.js';
import { markToMarket, type MarkToMarket } from '../../../../src/mark-to-market/mark-to-market.js';
import { InMemoryDayStore } from '../../../../src/memory/in-memory-day-store.js';
import { InMemoryPortfolioRepository } from '../../../../src/memory/in-memory-portfolio-repository.js';
import { Dice } from '../../../oracle/dice.js';
import {
  add,
  divide,
  multiply,
  parse,
  rounded,
  subtract,
  ZERO,
  type Rational,
} from '../../../oracle/rational.js';
import { seed, sized } from '../../../sizes.js';

const DAYS = sized({ quick: 20, gate: 40, full: 60 });
const WORLDS = sized({ quick: 1, gate: 4, full: 60 });
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2025-10-20T01:00:00Z');
/** How late a booking may be: an engine restates five days of each calendar, and may have been down for most of one. */
const LATE = 92 * HOUR;

const MARKETS: ReadonlyArray<{ symbol: string; currency: string; calendar: TradingCalendar }> = [
  { symbol: 'AAPL', currency: 'USD', calendar: usEquities },
  { symbol: 'SONY', currency: 'JPY', calendar: tokyo },
  { symbol: 'BTC', currency: 'USD', calendar: cryptoMarkets },
];
const PAIR = 'USD/JPY';

interface Booked {
  readonly id: string;
  readonly at: number;
  readonly symbol: string;
  /** Of a split 0. */
  units: bigint;
  price: string;
  /** Units of USD for one of the currency. */
  readonly rate: string;
}

/** The end of a day: prices and the rate of JPY then. */
interface End {
  readonly at: number;
  readonly date: string;
  readonly price: Rational;
  readonly rate: Rational;
}

interface Engine {
  readonly marking: MarkToMarket;
  readonly link: PriceStreamLink;
}

/** Some weeks of one portfolio, two engines that are now and then not running, and bookings from elsewhere that come late. */
class World {
  readonly dice: Dice;
  readonly clock = new FakeClock({ now: START });
  readonly store = new InMemoryDayStore();
  readonly repository = new InMemoryPortfolioRepository();
  readonly errors: unknown[] = [];
  readonly #editor = new HoldingsEditor({
    repository: this.repository,
    bus: { publish: async () => undefined },
    clock: this.clock,
  });
  readonly #prices = new Map<string, string>([
    ['AAPL', '200'],
    ['SONY', '3000'],
    ['BTC', '90000'],
    [PAIR, '150'],
  ]);
  readonly #engines = new Map<number, Engine>();
  readonly #entries: Booked[] = [];
  readonly #fixed = new Set<string>();
  /** By symbol, or `cash`; oldest first. */
  readonly #ends = new Map<string, End[]>();
  #endsUntil = START;
  /** When the last engine stopped, while none is running. */
  #downAt: number | null = null;
  seen = { late: 0, cancelled: 0, corrected: 0, missed: 0, splits: 0 };

  constructor(worldSeed: number) {
    this.dice = new Dice(worldSeed);
  }

  get running(): number {
    return this.#engines.size;
  }

  /** Since when no engine is running, in ms. */
  get downFor(): number {
    return this.clock.now() - (this.#downAt ?? this.clock.now());
  }

  async begin(): Promise<void> {
    await this.repository.save(Portfolio.create({ id: 'p', currency: 'USD' }));
    // Never sold out: of a symbol that nobody holds, no price is recorded.
    for (const { symbol } of MARKETS) await this.#trade(symbol, 100_000n, this.clock.now());
    for (const { id } of this.#entries) this.#fixed.add(id);
    await this.startEngine(0);
  }

  async go(time: number): Promise<void> {
    if (time > this.clock.now()) this.clock.setWallClock(time);
    this.#passEnds();
    // A jump of the wall clock wakes no timer, but prices do.
    for (const engine of this.#engines.values())
      for (const symbol of this.#prices.keys()) this.#deliver(engine, symbol, {});
    await this.settle(2_500);
  }

  async settle(ms: number): Promise<void> {
    await this.clock.advance(ms);
    this.#passEnds();
  }

  async startEngine(slot: number): Promise<void> {
    if (this.#engines.has(slot)) return;
    let link: PriceStreamLink | undefined;
    const { clock, repository, store } = this;
    const stream = priceStream({ name: `desk${slot}`, clock, connect: (opened) => void (link = opened) });
    const calendars = (symbol: string) =>
      MARKETS.find((market) => market.symbol === symbol)?.calendar ?? null;
    const marking = await markToMarket({
      stream,
      repository,
      clock,
      calendars,
      fx: [PAIR],
      lock: null,
      dayStore: store,
      onError: (error) => this.errors.push(error),
    });
    const engine = { marking, link: link! };
    this.#engines.set(slot, engine);
    const before = this.#downAt;
    this.#downAt = null;
    for (const symbol of this.#prices.keys()) this.#deliver(engine, symbol, this.#official(symbol, before));
    await this.settle(2_500);
  }

  async stopEngine(slot: number): Promise<void> {
    const engine = this.#engines.get(slot);
    if (!engine) return;
    await this.settle(2_500);
    await engine.marking.close();
    this.#engines.delete(slot);
    if (this.#engines.size === 0) this.#downAt = this.clock.now();
  }

  async tick(): Promise<void> {
    if (this.#engines.size === 0) return;
    const symbol = this.dice.pick([...this.#prices.keys()]);
    this.#prices.set(symbol, this.#text(symbol));
    for (const engine of this.#engines.values()) this.#deliver(engine, symbol, {});
    await this.settle(1_100);
  }

  /** What another process books, for a time until now. */
  async book(): Promise<void> {
    const isLate = this.dice.chance(0.4);
    if (isLate) this.seen.late++;
    await this.#trade(
      this.dice.pick(MARKETS).symbol,
      BigInt(this.dice.between(1, 50)) * (this.dice.chance(0.5) ? 1n : -1n),
      isLate ? this.#lateTime() : this.clock.now(),
    );
  }

  async amend(): Promise<void> {
    const since = this.clock.now() - LATE;
    const lately = this.#entries.filter(
      ({ at, id, units }) => at > since && units !== 0n && !this.#fixed.has(id),
    );
    if (lately.length === 0) return;
    const booked = this.dice.pick(lately);
    if (this.dice.chance(0.5)) {
      this.#entries.splice(this.#entries.indexOf(booked), 1);
      await this.#editor.update('p', (old) => old.cancel(booked.id));
      this.seen.cancelled++;
      return;
    }
    booked.units = BigInt(this.dice.between(1, 50));
    booked.price = this.#text(booked.symbol);
    await this.#editor.update('p', (old) => old.correct(booked.id, this.#contentOf(booked) as never));
    this.seen.corrected++;
  }

  /** Two for one, at half of the price; the venue restates its close. */
  async split(): Promise<void> {
    if (this.#engines.size === 0) return;
    const { symbol } = this.dice.pick(MARKETS);
    const at = this.clock.now();
    const booked = { id: `e${this.#next++}`, at, symbol, units: 0n, price: '0', rate: '1' };
    if (this.#unitsAt(symbol, at) === 0n) return;
    await this.#editor.update('p', (old) =>
      old.apply([{ type: 'split', id: booked.id, at, symbol, from: 1, to: 2 } as LedgerEntryInput]),
    );
    this.#entries.push(booked);
    this.#prices.set(symbol, this.#text(symbol));
    for (const engine of this.#engines.values()) this.#deliver(engine, symbol, this.#official(symbol, null));
    this.seen.splits++;
    await this.settle(4_000);
  }

  async end(): Promise<{ expected: string[]; found: string[] }> {
    await this.startEngine(0);
    await this.settle(10_000);
    await this.stopEngine(0);
    await this.stopEngine(1);
    const expected = new Map<string, string>();
    for (const [key, ends] of this.#ends)
      ends.forEach((end, at) => {
        const calendar = MARKETS.find(({ symbol }) => symbol === key)?.calendar.name ?? 'cash';
        expected.set(`${calendar} ${end.date}`, rounded(this.#earned(key, ends[at - 1], end), 2));
      });
    const results = await this.store.loadResults('p');
    const found = results.map(({ calendar, date, pnl }) => `${calendar} ${date} ${pnl?.toString()}`);
    return { expected: [...expected].map(([day, pnl]) => `${day} ${pnl}`).sort(), found: found.sort() };
  }

  #next = 0;

  #lateTime(): number {
    const at = this.clock.now() - this.dice.between(0, LATE);
    // Never at the very end of a day.
    return Math.max(START, at - (at % 1000)) + 500;
  }

  async #trade(symbol: string, units: bigint, at: number): Promise<void> {
    const rate = symbol === 'SONY' ? `0.00${this.dice.between(60, 72)}` : '1';
    const booked = { id: `e${this.#next++}`, at, symbol, units, price: this.#text(symbol), rate };
    this.#entries.push(booked);
    await this.#editor.update('p', (old) =>
      old.apply([{ ...this.#contentOf(booked), id: booked.id, at } as LedgerEntryInput]),
    );
  }

  #contentOf({ symbol, units, price, rate }: Booked) {
    const { currency } = MARKETS.find((market) => market.symbol === symbol)!;
    return {
      type: units > 0n ? 'buy' : 'sell',
      symbol,
      quantity: (units < 0n ? -units : units).toString(),
      price,
      currency,
      ...(currency !== 'USD' && { rates: { [currency]: rate } }),
    };
  }

  #text(symbol: string): string {
    if (symbol === PAIR) return `${this.dice.between(140, 160)}`;
    if (symbol === 'SONY') return `${this.dice.between(2000, 4000)}`;
    return `${this.dice.between(100, 300)}.${this.dice.between(0, 9)}`;
  }

  #deliver({ link }: Engine, symbol: string, more: object): void {
    link.deliver({ symbol, price: this.#prices.get(symbol)!, timestamp: this.clock.now(), ...more });
  }

  /** The close of the venue, in units of today; of a pair the rate that stands since no engine was running. */
  #official(symbol: string, downAt: number | null): object {
    if (symbol === PAIR)
      return downAt === null ? {} : { previousClose: this.#prices.get(PAIR)!, previousCloseAt: downAt };
    const { calendar } = MARKETS.find((market) => market.symbol === symbol)!;
    const end = this.#ends.get(symbol)?.at(-1);
    const session = end && calendar.session(end.date)!;
    if (!session) return {};
    let { price } = end;
    for (const entry of this.#entries)
      if (entry.symbol === symbol && entry.units === 0n && entry.at > end.at)
        price = divide(price, parse('2'));
    const at = session.closesAt === session.endsAt ? session.endsAt : session.endsAt - 1;
    return { previousClose: rounded(price, 9), previousCloseAt: at };
  }

  #rate(): Rational {
    return divide(parse('1'), parse(this.#prices.get(PAIR)!));
  }

  // Prices stand still from one step to the next.
  #passEnds(): void {
    const [from, to] = [this.#endsUntil, this.clock.now()];
    this.#endsUntil = to;
    const pass = (key: string, end: End): void => {
      this.#ends.set(key, [...(this.#ends.get(key) ?? []), end]);
      if (this.#engines.size === 0) this.seen.missed++;
    };
    const rate = this.#rate();
    for (const { symbol, calendar } of MARKETS)
      for (
        let session = calendar.sessionAt(from)!;
        session.endsAt < to;
        session = calendar.nextSession(session)!
      )
        pass(symbol, {
          at: session.endsAt,
          date: session.date,
          price: parse(this.#prices.get(symbol)!),
          rate,
        });
    for (let at = Math.floor(from / DAY) * DAY + DAY; at <= to; at += DAY)
      if (at > from)
        pass('cash', { at, date: new Date(at - 1).toISOString().slice(0, 10), price: ZERO, rate });
  }

  #unitsAt(symbol: string, until: number): bigint {
    const own = this.#entries.filter((entry) => entry.symbol === symbol && entry.at <= until);
    return own
      .sort((one, other) => one.at - other.at)
      .reduce((sum, { units }) => (units === 0n ? 2n * sum : sum + units), 0n);
  }

  #earned(key: string, start: End | undefined, end: End): Rational {
    const worth = (of: End): Rational =>
      key === 'cash'
        ? this.#cashAt(of)
        : multiply(
            multiply({ n: this.#unitsAt(key, of.at), d: 1n }, of.price),
            key === 'SONY' ? of.rate : parse('1'),
          );
    let earned = subtract(worth(end), start ? worth(start) : ZERO);
    for (const { at, symbol, units, price, rate } of this.#entries) {
      if (at > end.at || at <= (start?.at ?? 0)) continue;
      const paid = multiply(multiply({ n: units, d: 1n }, parse(price)), parse(rate));
      if (key === 'cash') earned = add(earned, paid);
      else if (key === symbol) earned = subtract(earned, paid);
    }
    return earned;
  }

  #cashAt({ at: until, rate }: End): Rational {
    return this.#entries
      .filter(({ at }) => at <= until)
      .reduce((sum, { symbol, units, price }) => {
        const paid = multiply({ n: units, d: 1n }, parse(price));
        return subtract(sum, symbol === 'SONY' ? multiply(paid, rate) : paid);
      }, ZERO);
  }
}

test(`over ${DAYS} days with late bookings and engines that miss ends of days, all results become those of the ledger`, async () => {
  const seen = { late: 0, cancelled: 0, corrected: 0, missed: 0, splits: 0 };
  for (let world = 0; world < WORLDS; world++) {
    const it = new World(seed + world);
    await it.begin();
    for (let at = START; at < START + DAYS * DAY;) {
      at =
        Math.max(at, it.clock.now()) + it.dice.between(1, 3) * HOUR + it.dice.between(1, HOUR / 1000) * 1000;
      await it.go(at);
      // Of a day before the first one that an engine has seen end, nothing can be known.
      if (it.running > 0 && at > START + 2 * DAY && it.dice.chance(0.15)) {
        await it.stopEngine(0);
        if (it.dice.chance(0.7)) await it.stopEngine(1);
      }
      if (it.dice.chance(0.9)) await it.tick();
      if (it.dice.chance(0.4)) await it.book();
      if (it.dice.chance(0.15)) await it.amend();
      if (it.dice.chance(0.06)) await it.split();
      // An engine computes the last day that ended without it, and no earlier one.
      const isDue = it.running === 0 ? it.downFor > 12 * HOUR || it.dice.chance(0.4) : it.dice.chance(0.1);
      if (isDue) await it.startEngine(it.dice.between(0, 1));
    }
    const { expected, found } = await it.end();
    expect(found, `seed ${seed + world}`).toEqual(expected);
    for (const key of Object.keys(seen) as Array<keyof typeof seen>) seen[key] += it.seen[key];
    expect(it.errors, `seed ${seed + world}`).toEqual([]);
  }
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0);
});
