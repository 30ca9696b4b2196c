import { Decimal } from '../../money/decimal.js';
import type { PerformanceMetrics } from '../../portfolio/performance-metrics.js';
import type { AccountKind } from '../../portfolio/portfolio-input.js';
import type { PriceUsed } from '../../portfolio/portfolio-valuation.js';
import type { Converter } from './converter.js';
import { equity } from '../totals-columns.js';

/** One position and the price that values it. */
export interface ValuationRow {
  readonly symbol: string;
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
  readonly costCurrency: string;
  readonly price: PriceUsed | null;
  /** In the price's currency. */
  readonly previousClose: Decimal | null;
}

/** Amounts of a row in the portfolio's currency; `null` is unknown. */
export interface RowAmounts {
  readonly row: ValuationRow;
  readonly cost: Decimal | null;
  readonly value: Decimal | null;
  readonly dayChange: Decimal | null;
}

const PERCENT = Decimal.ofUnits(100, 0);

/** Computes the totals of a portfolio from its rows. `cashParts`: cash by currency, in the portfolio's currency. */
export function computeMetrics(
  { currency, accountKind }: { readonly currency: string; readonly accountKind: AccountKind },
  rows: readonly RowAmounts[],
  cashParts: ReadonlyArray<Decimal | null>,
  converter: Converter,
): PerformanceMetrics {
  const { zero } = converter;
  const known = rows.filter(({ value, cost }) => value && cost);
  const values = rows.map(({ value }) => value);
  const costs = rows.map(({ cost }) => cost);
  const costBasis = sum(costs, zero);
  const marketValue = sum(values, zero);
  const cash = sum(cashParts, zero);
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  const pricedValue = sum(values, zero, true)!;
  const pricedCost = sum(
    known.map(({ cost }) => cost),
    zero,
  )!;
  const pricedPnl = sum(
    known.map(({ value, cost }) => value!.minus(cost!)),
    zero,
  )!;
  const longExposure =
    marketValue &&
    sum(
      values.map((value) => (value!.sign > 0 ? value : zero)),
      zero,
    );
  const shortExposure =
    marketValue &&
    sum(
      values.map((value) => (value!.sign < 0 ? value : zero)),
      zero,
    );
  return {
    currency,
    costBasis,
    marketValue,
    cash,
    equity: equity(accountKind, cash, marketValue, unrealizedPnl),
    unrealizedPnl,
    unrealizedPnlPct: percent(
      unrealizedPnl,
      sum(
        costs.map((cost) => cost?.abs() ?? null),
        zero,
      ),
    ),
    dayPnl: sum(
      rows.map(({ dayChange }) => dayChange),
      zero,
    ),
    longExposure,
    shortExposure,
    grossExposure: longExposure && shortExposure && longExposure.minus(shortExposure),
    netExposure: marketValue,
    priced: { marketValue: pricedValue, costBasis: pricedCost, unrealizedPnl: pricedPnl },
    livePricedShare: share(rows, zero, ({ row }) => row.price?.grade === 'live'),
    pricedShare: share(rows, zero, ({ row }) => row.price !== null),
    complete: marketValue !== null && costBasis !== null && cash !== null,
    unpriced: rows.filter(({ row }) => !row.price).map(({ row }) => row.symbol),
    unconverted: converter.unconverted,
  };
}

function share(
  rows: readonly RowAmounts[],
  zero: Decimal,
  counts: (row: RowAmounts) => boolean,
): Decimal | null {
  const one = Decimal.ofUnits(1_000_000, 6);
  if (rows.length === 0) return one;
  const gross = sum(
    rows.map(({ cost }) => cost?.abs() ?? null),
    zero,
  );
  if (!gross) return null;
  const counted = rows.filter(counts);
  if (gross.isZero) return Decimal.ofUnits(counted.length, 0).dividedBy(Decimal.ofUnits(rows.length, 0), 6);
  return sum(
    counted.map(({ cost }) => cost!.abs()),
    zero,
  )!.dividedBy(gross, 6);
}

/** A share of a whole in percent, 4 digits after the point; `null` where one is unknown or the whole is 0. */
export function percent(amount: Decimal | null, of: Decimal | null): Decimal | null {
  return amount && of && !of.isZero ? amount.times(PERCENT).dividedBy(of, 4) : null;
}

/** Sum of some parts. An unknown part makes the sum unknown, unless `skipUnknown` leaves unknown parts out. */
export function sum(
  parts: ReadonlyArray<Decimal | null>,
  zero: Decimal,
  skipUnknown = false,
): Decimal | null {
  let total = zero;
  for (const part of parts) {
    if (part) total = total.plus(part);
    else if (!skipUnknown) return null;
  }
  return total;
}
