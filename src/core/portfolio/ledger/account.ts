import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import { inMajorUnits, majorOf } from '../../money/minor-units.js';
import type { Instrument } from '../../instruments/instrument.js';
import { invalidArgument, quote } from '../../errors.js';
import { MovingCash, type CashAccount } from './cash-account.js';
import type { CostMethod } from './cost-method.js';
import { Holding } from './holding.js';
import { NO_SUM, plus, type KnownSum } from './known-sum.js';
import type { BookingEntry } from './ledger-entry.js';

/** Digits after the point that a ratio of a minor unit may need. */
const RATIO_SCALE = 18;

/** Finds the instrument of a symbol. @param currency For a symbol that is in no catalog. */
export type InstrumentFinder = (symbol: string, currency: string) => Instrument;

/**
 * What the entries of a ledger add up to: holdings, cash, and what was earned and paid. All sums are in the portfolio's currency, at
 * the rates of the entries. `applyEntry` changes it.
 */
export class Account {
  readonly currency: string;
  readonly costMethod: CostMethod;
  readonly find: InstrumentFinder;
  /** By symbol, in the order of the first entry; also those that are flat. */
  readonly holdings: Map<string, Holding>;
  /** By currency, from its first move on. */
  readonly cash: Map<string, CashAccount>;
  income: KnownSum = NO_SUM;
  /** All fees paid, also those that are part of a cost. */
  fees: KnownSum = NO_SUM;
  taxes: KnownSum = NO_SUM;
  /** Fees and taxes that are in no cost. */
  expenses: KnownSum = NO_SUM;
  netContributions: KnownSum = NO_SUM;
  /** What units had gained before they were moved in, less what units had gained that were moved out. */
  gainedElsewhere: KnownSum = NO_SUM;
  // Holdings that no other account has.
  readonly #own = new Set<Holding>();
  readonly #ownCash = new Set<MovingCash>();

  constructor(currency: string, costMethod: CostMethod, find: InstrumentFinder, from?: Account) {
    this.currency = currency;
    this.costMethod = costMethod;
    this.find = find;
    this.holdings = new Map(from?.holdings);
    this.cash = new Map(from?.cash);
    if (!from) return;
    this.income = from.income;
    this.fees = from.fees;
    this.taxes = from.taxes;
    this.expenses = from.expenses;
    this.netContributions = from.netContributions;
    this.gainedElsewhere = from.gainedElsewhere;
  }

  /** A copy to apply entries to; this stays as it is. */
  fork(): Account {
    this.#own.clear();
    this.#ownCash.clear();
    return new Account(this.currency, this.costMethod, this.find, this);
  }

  /** The holding of a symbol, to be changed; made when there is none. @param currency For a symbol that is in no catalog. */
  holding(symbol: string, currency = this.currency): Holding {
    const known = this.holdings.get(symbol);
    if (known && this.#own.has(known)) return known;
    const holding = known ? known.copy() : new Holding(this.find(symbol, currency));
    this.#own.add(holding);
    this.holdings.set(symbol, holding);
    return holding;
  }

  /** The holding of a symbol that units are to be added to: a flat one takes the instrument of now. */
  holdingToOpen(symbol: string, currency = this.currency): Holding {
    const holding = this.holding(symbol, currency);
    if (holding.lots.length === 0) holding.setInstrument(this.find(symbol, currency));
    return holding;
  }

  /** The open holding of a symbol, to be changed. @throws TickmarkError `INVALID_ARGUMENT` when there is none. */
  openHolding(symbol: string, where: string): Holding {
    if ((this.holdings.get(symbol)?.lots.length ?? 0) === 0)
      throw invalidArgument(`${where}: symbol`, symbol, 'a symbol that is held');
    return this.holding(symbol);
  }

  /** The rate of a currency that never changes: of the portfolio's currency, its minor units, and its major one; `null` for others. */
  fixedRate(currency: string): Decimal | null {
    if (currency === this.currency) return Decimal.ONE;
    const [from, to] = [currencyOf(currency).minorOf, currencyOf(this.currency).minorOf];
    if ((from?.code ?? currency) !== (to?.code ?? this.currency)) return null;
    return Decimal.from(to?.ratio ?? 1)
      .dividedBy(Decimal.from(from?.ratio ?? 1), RATIO_SCALE)
      .trimmed();
  }

  /** Units of the portfolio's currency for one unit of a currency, at the time of an entry; `null`: unknown. */
  rate(entry: BookingEntry, currency: string): Decimal | null {
    const fixed = this.fixedRate(currency);
    if (fixed) return fixed;
    const { minorOf } = currencyOf(currency);
    if (!minorOf) return entry.rates?.[currency] ?? null;
    const rate = this.rate(entry, minorOf.code);
    return rate && rate.dividedBy(Decimal.from(minorOf.ratio), rate.scale + RATIO_SCALE).trimmed();
  }

  /** An amount in the portfolio's currency, at the rate of an entry. */
  inBase(entry: BookingEntry, amount: Decimal, currency: string): Decimal | null {
    return amount.isZero ? Decimal.ZERO : atRate(amount, this.rate(entry, currency));
  }

  /** Moves cash; a move of 0 is none. @param base Its worth in the portfolio's currency. Default: at the entry's rate. */
  moveCash(
    entry: BookingEntry,
    amount: Decimal,
    currency: string,
    base = this.inBase(entry, amount, currency),
  ): void {
    if (amount.isZero) return;
    // Pence are kept as pounds.
    const code = majorOf(currency);
    const units = inMajorUnits(amount, currency);
    const { at, settlesAt } = entry;
    let cash = this.cash.get(code);
    if (!(cash instanceof MovingCash) || !this.#ownCash.has(cash)) {
      cash = new MovingCash(cash);
      this.#ownCash.add(cash as MovingCash);
      this.cash.set(code, cash);
    }
    (cash as MovingCash).move({ at, amount: units, base, settlesAt });
  }

  /** Counts a fee or tax that is in no cost. @returns its worth in the portfolio's currency. */
  addExpense(kind: 'fees' | 'taxes', base: Decimal | null, holding?: Holding): void {
    this[kind] = plus(this[kind], base);
    this.expenses = plus(this.expenses, base);
    if (holding) holding.expenses = plus(holding.expenses, base);
  }

  /** Name of an entry in errors. */
  where(entry: BookingEntry): string {
    return `Entry ${quote(entry.id)} (${entry.type})`;
  }

  /** Names a price in errors; `undefined` where no price is refused. */
  whereOfPrice(entry: BookingEntry, field: string, instrument: Instrument): string | undefined {
    return instrument.inverse ? `${this.where(entry)}: ${field}` : undefined;
  }
}

/** An amount in the portfolio's currency; `null` without a rate, unless it is 0. */
export function atRate(amount: Decimal, rate: Decimal | null): Decimal | null {
  return amount.isZero ? Decimal.ZERO : rate && amount.times(rate);
}
