import type { EventDataReader, EventDataWriter } from '../messaging/event-data.js';
import { malformed } from '../messaging/wire-fields.js';
import { Decimal } from '../money/decimal.js';
import { exposuresOf, leverageOf } from '../book/valuation/derived-figures.js';
import type { PlainUnits } from '../book/valued-rows.js';
import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';

/** Digits after the point of per cent. */
const PERCENT_SCALE = 4;

// Columns that are left out where every row has what is said here.
const ZERO_WHERE_KNOWN = [
  'accruedInterest',
  'unsettledCash',
  'fxPnl',
  'realizedPnl',
  'income',
  'fees',
  'taxes',
  'expenses',
  'cashFxPnl',
] as const;
const CONTRIBUTIONS = ['netContributions'] as const;
const UNKNOWN = ['dayPnl'] as const;
const PERCENTS = ['unrealizedPnlPct', 'dayPnlPct'] as const;
// Always sent: an older process does not, and then it is unknown.
const SENT = ['shortExposure'] as const;
// Left out beside `shortExposure` where it is the market value in every row.
const LONG = ['longExposure'] as const;
const OPTIONAL = [...ZERO_WHERE_KNOWN, ...CONTRIBUTIONS, ...UNKNOWN, ...PERCENTS, ...SENT, ...LONG] as const;

// Of a message that was read without it.
const NO_COLUMN = new Float64Array(0);

type OptionalFigure = (typeof OPTIONAL)[number];
/** A row of a message as counts of units; NaN is unknown. */
type Units = Record<OptionalFigure | 'marketValue' | 'cost' | 'cash', number>;

const PERCENT_NAMES: ReadonlySet<OptionalFigure> = new Set(PERCENTS);

/** The figures of a message of values, in columns of units. `NaN` is unknown. */
export class FigureColumns {
  readonly #scales: Float64Array;
  readonly #values: Float64Array;
  readonly #unknown: Float64Array;
  readonly #costs: Float64Array;
  readonly #cash: Float64Array;
  readonly #optional: ReadonlyMap<OptionalFigure, Float64Array>;
  // Those that a plain row has, at hand.
  readonly #accruedInterest: Float64Array;
  readonly #netContributions: Float64Array;
  readonly #unrealizedPnlPct: Float64Array;
  readonly #dayPnl: Float64Array;
  readonly #dayPnlPct: Float64Array;
  readonly #shortExposure: Float64Array;
  readonly #longExposure: Float64Array;
  /** Columns of which some row has another value than the one that is meant without the column. */
  readonly #needed = new Set<OptionalFigure>(SENT);

  constructor(length: number, column = (_name: string): Float64Array | null => new Float64Array(length)) {
    const required = (name: string) => column(name) ?? new Float64Array(length);
    this.#scales = required('scales');
    this.#values = required('marketValues');
    this.#unknown = required('unknown');
    this.#costs = required('costs');
    this.#cash = required('cash');
    this.#optional = new Map(
      OPTIONAL.flatMap((name) => {
        const values = column(name);
        return values ? [[name, values] as const] : [];
      }),
    );
    const optional = (name: OptionalFigure) => this.#optional.get(name) ?? NO_COLUMN;
    this.#accruedInterest = optional('accruedInterest');
    this.#netContributions = optional('netContributions');
    this.#unrealizedPnlPct = optional('unrealizedPnlPct');
    this.#dayPnl = optional('dayPnl');
    this.#dayPnlPct = optional('dayPnlPct');
    this.#shortExposure = optional('shortExposure');
    this.#longExposure = optional('longExposure');
  }

  /** @throws TickmarkError `MALFORMED_INPUT`. */
  static read(data: EventDataReader, length: number): FigureColumns {
    const isOptional = new Set<string>(OPTIONAL);
    const unknown = new Set<string>(SENT);
    if (!data.has('shortExposure')) unknown.add('longExposure');
    return new FigureColumns(length, (name) => {
      if (!isOptional.has(name) || data.has(name)) return data.numbers(name, length);
      return unknown.has(name) ? new Float64Array(length).fill(NaN) : null;
    });
  }

  write(data: EventDataWriter): void {
    data.numbers('scales', this.#scales);
    data.numbers('marketValues', this.#values);
    data.numbers('unknown', this.#unknown);
    data.numbers('costs', this.#costs);
    data.numbers('cash', this.#cash);
    for (const [name, values] of this.#optional) if (this.#needed.has(name)) data.numbers(name, values);
  }

  /** Sets a row of totals that fit into columns. */
  setPlain(row: number, units: PlainUnits): void {
    const { marketValue, cost, cash, isPriced, longExposure } = units;
    this.#scales[row] = units.scale;
    this.#unknown[row] = isPriced ? 0 : 1;
    this.#values[row] = marketValue;
    this.#costs[row] = cost;
    this.#cash[row] = cash;
    if (!isPriced) this.#accruedInterest[row] = NaN;
    this.#shortExposure[row] = units.shortExposure;
    this.#longExposure[row] = longExposure;
    if (isPriced && longExposure !== marketValue) this.#needed.add('longExposure');
    this.#netContributions[row] = units.netContributions;
    if (units.netContributions !== cost + cash) this.#needed.add('netContributions');
    this.#unrealizedPnlPct[row] = units.unrealizedPnlPct;
    if (!Number.isNaN(units.unrealizedPnlPct)) this.#needed.add('unrealizedPnlPct');
    this.#dayPnl[row] = units.dayPnl;
    if (!Number.isNaN(units.dayPnl)) this.#needed.add('dayPnl');
    this.#dayPnlPct[row] = units.dayPnlPct;
    if (!Number.isNaN(units.dayPnlPct)) this.#needed.add('dayPnlPct');
  }

  /** Sets a row. @returns whether its totals fit into columns; then reading gives the same. */
  set(row: number, totals: PortfolioTotals, scale: number): boolean {
    const { marketValue, priced } = totals;
    this.#scales[row] = scale;
    this.#unknown[row] = marketValue === null ? 1 : 0;
    this.#values[row] = unitsOf(priced.marketValue, scale);
    this.#costs[row] = unitsOf(totals.costBasis, scale);
    this.#cash[row] = unitsOf(totals.cash, scale);
    let fits = true;
    for (const [name, values] of this.#optional) {
      const amount = totals[name];
      const units = unitsOf(amount, PERCENT_NAMES.has(name) ? PERCENT_SCALE : scale);
      values[row] = units;
      if (amount !== null && Number.isNaN(units)) fits = false;
    }
    if (!fits || !this.#isSame(row, totals)) {
      this.#values[row] = this.#costs[row] = this.#cash[row] = NaN;
      for (const [name, values] of this.#optional) values[row] = this.#default(name, row);
      return false;
    }
    for (const [name, values] of this.#optional)
      if (!this.#needed.has(name) && !Object.is(values[row], this.#default(name, row)))
        this.#needed.add(name);
    return true;
  }

  /** Checks a row that was read. @throws TickmarkError `MALFORMED_INPUT`. */
  check(row: number, scale: number): void {
    if (this.#scales[row] !== scale)
      throw malformed(`data.scales[${row}]`, this.#scales[row], `the currency's scale, ${scale}`);
    const columns: ReadonlyArray<readonly [string, Float64Array]> = [
      ['costs', this.#costs],
      ['cash', this.#cash],
      ...this.#optional,
    ];
    for (const [name, values] of columns) {
      const units = values[row]!;
      if (!Number.isNaN(units) && !Number.isSafeInteger(units))
        throw malformed(`data.${name}[${row}]`, units, 'whole units');
    }
    if (!Number.isSafeInteger(this.#values[row]))
      throw malformed(`data.marketValues[${row}]`, this.#values[row], 'whole units');
    const derived = derivedOf(this.#units(row));
    for (const name of DERIVED) {
      const sum = derived[name];
      if (!Number.isNaN(sum) && !Number.isSafeInteger(sum))
        throw malformed(`data.marketValues[${row}]`, this.#values[row], 'units whose sums stay below 2^53');
    }
  }

  /** The totals of a row that fits into columns. */
  totals(row: number): PortfolioTotals {
    const units = this.#units(row);
    const scale = this.#scales[row]!;
    const money = (amount: number): Decimal | null =>
      Number.isNaN(amount) ? null : Decimal.ofUnits(amount, scale);
    const percent = (amount: number): Decimal | null =>
      Number.isNaN(amount) ? null : Decimal.ofUnits(amount, PERCENT_SCALE);
    const { marketValue, cost, cash } = units;
    const derived = derivedOf(units);
    const equity = money(derived.equity);
    const { longExposure, shortExposure, grossExposure, netExposure, leverage } = exposuresOf(
      money(units.longExposure),
      money(units.shortExposure),
      equity,
    );
    return {
      marketValue: money(marketValue),
      accruedInterest: money(units.accruedInterest),
      cash: money(cash),
      unsettledCash: money(units.unsettledCash),
      equity,
      costBasis: money(cost),
      unrealizedPnl: money(derived.unrealizedPnl),
      unrealizedPnlPct: percent(units.unrealizedPnlPct),
      pricePnl: money(derived.pricePnl),
      fxPnl: money(units.fxPnl),
      realizedPnl: money(units.realizedPnl),
      income: money(units.income),
      fees: money(units.fees),
      taxes: money(units.taxes),
      expenses: money(units.expenses),
      cashFxPnl: money(units.cashFxPnl),
      netContributions: money(units.netContributions),
      totalPnl: money(derived.totalPnl),
      dayPnl: money(units.dayPnl),
      dayPnlPct: percent(units.dayPnlPct),
      longExposure,
      shortExposure,
      grossExposure,
      netExposure,
      leverage,
      priced: { marketValue: Decimal.ofUnits(this.#values[row]!, scale) },
      complete: !Number.isNaN(marketValue) && !Number.isNaN(cash),
    };
  }

  #units(row: number): Units {
    // Field by field: an object that gets them by name one after the other is several times slower.
    return {
      marketValue: this.#unknown[row] === 0 ? this.#values[row]! : NaN,
      cost: this.#costs[row]!,
      cash: this.#cash[row]!,
      accruedInterest: this.#unitsOf('accruedInterest', row),
      unsettledCash: this.#unitsOf('unsettledCash', row),
      fxPnl: this.#unitsOf('fxPnl', row),
      realizedPnl: this.#unitsOf('realizedPnl', row),
      income: this.#unitsOf('income', row),
      fees: this.#unitsOf('fees', row),
      taxes: this.#unitsOf('taxes', row),
      expenses: this.#unitsOf('expenses', row),
      cashFxPnl: this.#unitsOf('cashFxPnl', row),
      netContributions: this.#unitsOf('netContributions', row),
      dayPnl: this.#unitsOf('dayPnl', row),
      unrealizedPnlPct: this.#unitsOf('unrealizedPnlPct', row),
      dayPnlPct: this.#unitsOf('dayPnlPct', row),
      shortExposure: this.#unitsOf('shortExposure', row),
      longExposure: this.#unitsOf('longExposure', row),
    };
  }

  #unitsOf(name: OptionalFigure, row: number): number {
    const values = this.#optional.get(name);
    return values ? values[row]! : this.#default(name, row);
  }

  // What a row has where its column is left out.
  #default(name: OptionalFigure, row: number): number {
    switch (name) {
      case 'accruedInterest':
      case 'shortExposure':
        return this.#unknown[row] === 0 ? 0 : NaN;
      case 'longExposure':
        return this.#unknown[row] === 0 ? this.#values[row]! : NaN;
      case 'unsettledCash':
        return Number.isNaN(this.#cash[row]!) ? NaN : 0;
      case 'netContributions':
        return this.#costs[row]! + this.#cash[row]!;
      case 'dayPnl':
      case 'dayPnlPct':
      case 'unrealizedPnlPct':
        return NaN;
      default:
        return 0;
    }
  }

  // Whether everything that a reader derives from the columns is what the totals say. What is not is past 2^53, or known although
  // something that it usually follows from is not.
  #isSame(row: number, totals: PortfolioTotals): boolean {
    if (!Number.isSafeInteger(this.#values[row])) return false;
    const units = this.#units(row);
    const scale = this.#scales[row]!;
    const isUnits = (amount: Decimal | null, given: number): boolean =>
      amount === null ? Number.isNaN(given) : Number.isSafeInteger(given) && isAt(amount, given, scale);
    const derived = derivedOf(units);
    return (
      isUnits(totals.marketValue, units.marketValue) &&
      isUnits(totals.costBasis, units.cost) &&
      isUnits(totals.cash, units.cash) &&
      isUnits(totals.equity, derived.equity) &&
      isUnits(totals.unrealizedPnl, derived.unrealizedPnl) &&
      isUnits(totals.pricePnl, derived.pricePnl) &&
      isUnits(totals.totalPnl, derived.totalPnl) &&
      isUnits(totals.grossExposure, derived.grossExposure) &&
      isUnits(totals.netExposure, derived.netExposure) &&
      isSameLeverage(totals) &&
      totals.complete === (totals.marketValue !== null && totals.cash !== null)
    );
  }
}

const DERIVED = ['equity', 'unrealizedPnl', 'pricePnl', 'totalPnl', 'grossExposure', 'netExposure'] as const;

// What follows from the columns; NaN is unknown.
function derivedOf(units: Units): Record<(typeof DERIVED)[number], number> {
  const { marketValue, cost, cash, realizedPnl, income, expenses, longExposure, shortExposure } = units;
  const unrealizedPnl = marketValue - cost;
  return {
    equity: cash + marketValue + units.accruedInterest,
    unrealizedPnl,
    pricePnl: unrealizedPnl - units.fxPnl,
    totalPnl: realizedPnl + unrealizedPnl + income - expenses + units.cashFxPnl,
    grossExposure: longExposure - shortExposure,
    netExposure: longExposure + shortExposure,
  };
}

function isSameLeverage({ grossExposure, equity, leverage }: PortfolioTotals): boolean {
  const derived = leverageOf(grossExposure, equity);
  return leverage && derived
    ? leverage.scale === derived.scale && leverage.equals(derived)
    : leverage === derived;
}

function isAt(amount: Decimal, units: number, scale: number): boolean {
  return amount.scale === scale && amount.safeUnitsAt(scale) === units;
}

function unitsOf(amount: Decimal | null, scale: number): number {
  return amount !== null && amount.scale === scale ? amount.safeUnitsAt(scale) : NaN;
}
