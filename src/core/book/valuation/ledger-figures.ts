import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { whole, type KnownSum } from '../../portfolio/ledger/known-sum.js';
import { startOfDay } from '../../portfolio/ledger/day-history.js';
import type { CashAccount } from '../../portfolio/ledger/cash-account.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { Converter } from './converter.js';
import { startOfCashDay } from './day-profit.js';
import { quotationOf, worthOf, type ValuationInput } from './valuation-input.js';

/** An exact amount and the number of the conversion that brings it into the portfolio's currency. */
export interface LocalAmount {
  readonly conversion: number;
  readonly amount: Fraction;
}

/** Cash of one currency and the number of its conversion. */
export interface LocalCash {
  readonly conversion: number;
  readonly currency: string;
  readonly account: CashAccount;
}

/** A subtotal of a book, as totals are computed from it. */
export interface HeldSubtotal {
  readonly conversion: number;
  /** Digits after the point. */
  readonly scale: number;
  /** Whether any position counts towards it. */
  readonly hasHoldings: boolean;
}

/** The positions of one currency: their values are rounded together. */
export interface HeldCurrency {
  readonly conversion: number;
  /** Index of their subtotal. */
  readonly subtotal: number;
  /** Digits after the point of that. */
  readonly scale: number;
  /** What long and short futures were worth at their last settlements: it is in their exposure, and not in the subtotal. */
  readonly settled: readonly [long: Fraction, short: Fraction];
}

/** An inverse contract. */
export interface HeldInverse {
  /** Index of the subtotal of its currency. */
  readonly subtotal: number;
  /** Its worth is this divided by the price; its exposure has the opposite sign. */
  readonly amount: Fraction;
  /** Number of its price in the table of `InversePrices`. */
  readonly contract: number;
}

/**
 * What the totals of a portfolio rest on besides the newest prices and rates. It changes with the holdings, with previous closes and
 * previous rates, with accrued interest and with the day. Amounts without a conversion are in the portfolio's currency; `null` is
 * unknown.
 */
export interface LedgerFigures {
  /** Of positions. */
  readonly currencies: readonly HeldCurrency[];
  /** In the order of the positions. */
  readonly inverses: readonly HeldInverse[];
  /** Interest accrued on bonds, by currency. */
  readonly accrued: readonly LocalAmount[];
  /** Costs of the open positions that are fully paid, rounded row by row. */
  readonly premiumCost: Decimal | null;
  /** Costs of the open futures, rounded row by row. */
  readonly futuresCost: Decimal | null;
  /** Costs of fully paid positions in the currencies they were paid in. */
  readonly localCosts: readonly LocalAmount[] | null;
  /** All costs, exact. */
  readonly exactCost: Fraction | null;
  /** What per cent are of: sizes of the costs of fully paid positions, and worths of futures at entry. */
  readonly percentCost: Fraction | null;
  readonly percentWorths: readonly LocalAmount[] | null;
  readonly realizedPnl: Decimal | null;
  readonly income: Decimal | null;
  readonly fees: Decimal | null;
  readonly taxes: Decimal | null;
  readonly expenses: Decimal | null;
  readonly netContributions: Decimal | null;
  readonly cash: readonly LocalCash[];
  /** What the moves of foreign cash were worth at the rates of their entries. */
  readonly cashMoved: Fraction | null;
  /** What value and cash have to be worth now for a day P&L of 0. */
  readonly dayBase: Fraction | null;
}

/**
 * Reads from a portfolio what its totals rest on.
 * @param contracts Numbers of its inverse contracts in the table of `InversePrices`, in the order of its positions.
 * @param conversionOf The number of the conversion from a currency.
 */
export function ledgerFigures(
  input: ValuationInput,
  subtotals: readonly HeldSubtotal[],
  contracts: readonly number[],
  conversionOf: (currency: string) => number,
): LedgerFigures {
  const { scale } = currencyOf(input.currency);
  const { sums, currency, rows: valued, closed } = input;
  const rows = valued.map(({ row }) => row);
  const premium = rows.filter(({ instrument }) => !instrument.isFutures);
  const futures = rows.filter(({ instrument }) => instrument.isFutures);
  const local = (amounts: ReadonlyArray<readonly [currency: string, amount: Fraction | null]>) =>
    localAmounts(amounts, conversionOf);
  const costs = roundedCosts(rows, currency);
  const costOf = (kind: readonly LedgerRow[]) =>
    sumOf(
      kind.map((row) => costs.get(row)!),
      scale,
    );
  const rounded = (sum: KnownSum) => whole(sum)?.rounded(scale) ?? null;
  const cash = [...input.cash].map(([code, account]) => ({
    conversion: conversionOf(code),
    currency: code,
    account,
  }));
  return {
    currencies: currenciesOf(subtotals, input, conversionOf),
    inverses: rows
      .filter(({ instrument }) => instrument.inverse)
      .flatMap((row, at) => {
        const priceCurrency = input.priceCurrency(row.instrument.symbol);
        return inverseOf(row, contracts[at]!, priceCurrency, subtotals, conversionOf);
      }),
    accrued: local(
      valued.map(worthOf).flatMap((worth) => (worth.accrued.isZero ? [] : [[worth.currency, worth.accrued]])),
    )!,
    premiumCost: costOf(premium),
    futuresCost: costOf(futures),
    localCosts: local(
      premium.map(({ instrument, cost }) => [instrument.settlementCurrency, cost && Fraction.from(cost)]),
    ),
    exactCost: exactSum(rows.map(({ baseCost }) => baseCost)),
    percentCost: exactSum(premium.map(({ baseCost }) => baseCost?.abs() ?? null)),
    percentWorths: local(
      futures.map(({ instrument, entryWorth }) => [
        instrument.settlementCurrency,
        entryWorth && Fraction.from(entryWorth).abs(),
      ]),
    ),
    realizedPnl:
      sumOf(
        [...rows, ...closed].map(({ realized }) => whole(realized)),
        0,
      )?.rounded(scale) ?? null,
    income: rounded(sums.income),
    fees: rounded(sums.fees),
    taxes: rounded(sums.taxes),
    expenses: rounded(sums.expenses),
    netContributions: rounded(sums.netContributions),
    cash,
    cashMoved: exactSum(
      cash.flatMap(({ currency: code, account }) => (code === currency ? [] : [whole(account.base)])),
    ),
    dayBase: dayBaseOf(input),
  };
}

function currenciesOf(
  subtotals: readonly HeldSubtotal[],
  { rows, priceCurrency }: ValuationInput,
  conversionOf: (currency: string) => number,
): HeldCurrency[] {
  return subtotals.flatMap(({ conversion, scale, hasHoldings }, subtotal) => {
    if (!hasHoldings) return [];
    const settled: [Fraction, Fraction] = [Fraction.ZERO, Fraction.ZERO];
    for (const { row } of rows) {
      const { instrument, quantity, settledWorth } = row;
      if (!instrument.isFutures || settledWorth.isZero) continue;
      const quoted = quotationOf(instrument, priceCurrency(instrument.symbol));
      if (conversionOf(quoted?.currency ?? instrument.settlementCurrency) !== conversion) continue;
      const side = quantity.sign < 0 ? 1 : 0;
      settled[side] = settled[side].plus(Fraction.from(settledWorth));
    }
    return { conversion, subtotal, scale, settled };
  });
}

function inverseOf(
  { instrument, quantity }: LedgerRow,
  contract: number,
  priceCurrency: string | undefined,
  subtotals: readonly HeldSubtotal[],
  conversionOf: (currency: string) => number,
): HeldInverse[] {
  const quoted = quotationOf(instrument, priceCurrency);
  if (!quoted) return [];
  const conversion = conversionOf(quoted.currency);
  return [
    {
      subtotal: subtotals.findIndex((each) => each.conversion === conversion),
      amount: Fraction.from(quantity.times(instrument.factor)).negated().dividedBy(quoted.ratio),
      contract,
    },
  ];
}

/** What value and cash of a portfolio have to be worth now for a day P&L of 0; `null`: unknown. */
export function dayBaseOf({ rows, closed, cash, day, dayStart }: ValuationInput): Fraction | null {
  let base = Fraction.ZERO;
  for (const row of [...rows.map(({ row: open }) => open), ...closed]) {
    const start = startOfDay(row, day);
    if (!start.value || !start.cash) return null;
    base = base.plus(start.value).minus(start.cash);
  }
  for (const [currency, account] of cash) {
    const start = startOfCashDay(account, currency, day, dayStart);
    if (!start) return null;
    base = base.plus(start);
  }
  return base;
}

// Rounded in groups by the currency of the row, as the rows of a valuation are.
function roundedCosts(rows: readonly LedgerRow[], currency: string): ReadonlyMap<LedgerRow, Decimal | null> {
  const converter = new Converter(currency, () => null);
  const costs = converter.round(
    rows.map(
      ({ instrument, baseCost }) =>
        baseCost && { currency: instrument.settlementCurrency, amount: Fraction.from(baseCost) },
    ),
  );
  return new Map(rows.map((row, at) => [row, costs[at]!]));
}

// One sum for each currency; `null` when an amount is unknown.
function localAmounts(
  amounts: ReadonlyArray<readonly [currency: string, amount: Fraction | null]>,
  conversionOf: (currency: string) => number,
): LocalAmount[] | null {
  const sums = new Map<string, Fraction>();
  for (const [currency, amount] of amounts) {
    if (!amount) return null;
    sums.set(currency, (sums.get(currency) ?? Fraction.ZERO).plus(amount));
  }
  return [...sums].map(([currency, amount]) => ({ conversion: conversionOf(currency), amount }));
}

function exactSum(amounts: ReadonlyArray<Decimal | null>): Fraction | null {
  const sum = sumOf(amounts, 0);
  return sum && Fraction.from(sum);
}

function sumOf(amounts: ReadonlyArray<Decimal | null>, scale: number): Decimal | null {
  let sum = Decimal.ofUnits(0, scale);
  for (const amount of amounts) {
    if (!amount) return null;
    sum = sum.plus(amount);
  }
  return sum;
}
