import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { unsettledAt } from '../../portfolio/ledger/cash-account.js';
import { whole, type KnownSum } from '../../portfolio/ledger/known-sum.js';
import type { PerformanceMetrics } from '../../portfolio/figures/performance-metrics.js';
import type { CashBalance, PriceGrade } from '../../portfolio/figures/portfolio-valuation.js';
import type { Converter } from './converter.js';
import { dayPercent, exposuresOf, percentOf, totalPnlOf } from './derived-figures.js';
import type { DayProfit } from './day-profit.js';
import type { ValuationInput } from './valuation-input.js';

/** Amounts of a row in the portfolio's currency; `null` is unknown. */
export interface RowAmounts {
  readonly symbol: string;
  readonly grade: PriceGrade;
  readonly isFutures: boolean;
  readonly marketValue: Decimal | null;
  readonly exposure: Decimal | null;
  readonly accruedInterest: Decimal | null;
  readonly costBasis: Decimal | null;
  /** Cost at today's rate; `null` of futures, whose settled gains are cash. */
  readonly costNow: Decimal | null;
  readonly exactProfit: Fraction | null;
  /** What per cent are of. */
  readonly percentBase: Fraction | null;
  readonly realizedPnl: Decimal | null;
  readonly realizedFxPnl: Decimal | null;
  readonly income: Decimal | null;
  readonly expenses: Decimal | null;
}

interface TotalsInput {
  readonly input: ValuationInput;
  readonly amounts: { readonly open: readonly RowAmounts[] };
  /** Long and short exposure; `null`: unknown. */
  readonly exposures: readonly [long: Decimal, short: Decimal] | null;
  readonly cash: readonly CashBalance[];
  readonly day: DayProfit;
  readonly converter: Converter;
}

/** Computes the totals of a portfolio from its rows. */
export function portfolioTotals({
  input,
  amounts: { open },
  exposures,
  cash: balances,
  day,
  converter,
}: TotalsInput): PerformanceMetrics {
  const { zero, scale } = converter;
  const sum = (of: (row: RowAmounts) => Decimal | null) => sumOf(open.map(of), zero);
  const marketValue = sum((row) => row.marketValue);
  const accruedInterest = sum((row) => row.accruedInterest);
  const costBasis = sum((row) => row.costBasis);
  const cash = sumOf(
    balances.map(({ value }) => value),
    zero,
  );
  const equity = cash && marketValue && accruedInterest && cash.plus(marketValue).plus(accruedInterest);
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  const pricePnl = sum(({ isFutures, marketValue: value, costBasis: cost, costNow }) => {
    const base = isFutures ? cost : costNow;
    return value && base && value.minus(base);
  });
  const fxPnl = sum(({ isFutures, costBasis: cost, costNow }) =>
    isFutures ? zero : costNow && cost && costNow.minus(cost),
  );
  const rounded = (total: KnownSum) => whole(total)?.rounded(scale) ?? null;
  const { sums } = input;
  const allRows = [...input.rows.map(({ row }) => row), ...input.closed];
  const realizedPnl = sumOfKnown(
    allRows.map(({ realized }) => realized),
    scale,
    zero,
  );
  const income = rounded(sums.income);
  const expenses = rounded(sums.expenses);
  const netContributions = rounded(sums.netContributions);
  const cashFxPnl = cashFx(input, converter);
  const withCost = open.filter((row) => row.marketValue && row.costBasis);
  const known = (of: (row: RowAmounts) => Decimal | null, rows = open) =>
    rows.reduce((total, row) => total.plus(of(row) ?? zero), zero);
  return {
    currency: input.currency,
    marketValue,
    accruedInterest,
    cash,
    unsettledCash: sumOf(
      converter.convert(
        [...input.cash].map(([currency, account]) => ({
          currency,
          amount: Fraction.from(unsettledAt(account, input.now)),
        })),
      ),
      zero,
    ),
    equity,
    costBasis,
    unrealizedPnl,
    unrealizedPnlPct: percentOf(
      sumExact(open.map(({ exactProfit }) => exactProfit)),
      sumExact(open.map(({ percentBase }) => percentBase)),
    ),
    pricePnl,
    fxPnl,
    realizedPnl,
    income,
    fees: rounded(sums.fees),
    taxes: rounded(sums.taxes),
    expenses,
    cashFxPnl,
    netContributions,
    totalPnl: totalPnlOf({ realizedPnl, unrealizedPnl, income, expenses, cashFxPnl }),
    dayPnl: day.total,
    dayPnlPct: dayPercent(day.total, equity),
    cashDayPnl: day.cash,
    ...exposuresOf(exposures?.[0] ?? null, exposures?.[1] ?? null, equity),
    priced: {
      marketValue: known((row) => row.marketValue),
      costBasis: known((row) => row.costBasis, withCost),
      unrealizedPnl: known((row) => row.marketValue!.minus(row.costBasis!), withCost),
      realizedPnl: allRows
        .reduce((total, { realized }) => total.plus(realized.known), Decimal.ZERO)
        .rounded(scale),
    },
    livePricedShare: shareOfCost(open, converter, ({ grade }) => grade === 'live'),
    pricedShare: shareOfCost(open, converter, ({ grade }) => grade !== 'missing'),
    complete: marketValue !== null && cash !== null && accruedInterest !== null,
    unpriced: input.rows.filter(({ price }) => !price).map(({ row }) => row.instrument.symbol),
    unconverted: converter.unconverted,
    unknownCost: input.rows.filter(({ row }) => !row.baseCost).map(({ row }) => row.instrument.symbol),
  };
}

// What all cash is worth, less what its moves were worth at the rates of their entries.
function cashFx({ cash, currency: home }: ValuationInput, converter: Converter): Decimal | null {
  let total: Fraction | null = Fraction.ZERO;
  for (const [currency, { balance, base }] of cash) {
    if (currency === home) continue;
    const moved = whole(base);
    const now = balance.isZero ? Fraction.ZERO : converter.exact(Fraction.from(balance), currency);
    total = total && moved && now && total.plus(now).minus(Fraction.from(moved));
  }
  return total && total.rounded(converter.scale);
}

const ALMOST_ALL = Decimal.ofUnits(999_999, 6);

function shareOfCost(
  rows: readonly RowAmounts[],
  { zero }: Converter,
  counts: (row: RowAmounts) => boolean,
): Decimal | null {
  if (rows.length === 0) return Decimal.ofUnits(1_000_000, 6);
  const gross = sumOf(
    rows.map(({ costBasis }) => costBasis?.abs() ?? null),
    zero,
  );
  const counted = rows.filter(counts);
  if (!gross || gross.isZero)
    return Decimal.ofUnits(counted.length, 0).dividedBy(Decimal.ofUnits(rows.length, 0), 6);
  const share = sumOf(
    counted.map(({ costBasis }) => costBasis!.abs()),
    zero,
  )!.dividedBy(gross, 6);
  // 1 says that every row counts: not one that cost nothing, or next to nothing, is left out.
  return counted.length < rows.length && share.compare(ALMOST_ALL) > 0 ? ALMOST_ALL : share;
}

function sumOfKnown(sums: readonly KnownSum[], scale: number, zero: Decimal): Decimal | null {
  let total: Decimal = zero;
  for (const sum of sums) {
    if (sum.hasUnknown) return null;
    total = total.plus(sum.known);
  }
  return total.rounded(scale);
}

function sumExact(parts: ReadonlyArray<Fraction | null>): Fraction | null {
  let total = Fraction.ZERO;
  for (const part of parts) {
    if (!part) return null;
    total = total.plus(part);
  }
  return total;
}

function sumOf(parts: ReadonlyArray<Decimal | null>, zero: Decimal): Decimal | null {
  let total = zero;
  for (const part of parts) {
    if (!part) return null;
    total = total.plus(part);
  }
  return total;
}
