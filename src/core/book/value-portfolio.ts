import { Decimal } from '../money/decimal.js';
import type { FxRate } from '../money/fx-rates.js';
import type { PerformanceMetrics } from '../portfolio/performance-metrics.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation, PositionValuation, PriceUsed } from '../portfolio/portfolio-valuation.js';
import { Converter, type Part } from './converter.js';
import { equity } from './totals-columns.js';

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

/** Everything that goes into one valuation: a consistent cut. */
export interface ValuationInput {
  readonly portfolioId: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: AccountKind;
  readonly cash: ReadonlyMap<string, Decimal>;
  readonly rows: readonly ValuationRow[];
  /** Rate from a currency to the portfolio's, for an amount of that sign; `null` when unknown. */
  readonly rate: (from: string, sign: number) => FxRate | null;
  readonly now: number;
}

/** Amounts of a row in the portfolio's currency; `null` is unknown. */
interface Amounts {
  readonly row: ValuationRow;
  readonly cost: Decimal | null;
  readonly value: Decimal | null;
  readonly dayChange: Decimal | null;
}

const PERCENT = Decimal.ofUnits(100, 0);

/**
 * Values a portfolio. Amounts of one currency are summed exactly, converted once and rounded once, half-even; the rows of
 * that currency share the rounded sum out by largest remainder. So rows sum to totals, digit for digit.
 */
export function valuePortfolio(input: ValuationInput): PortfolioValuation {
  const { rows, now } = input;
  const converter = new Converter(input.currency, input.rate);
  const values = converter.convert(rows.map(valuePart));
  const costs = converter.convert(rows.map((row) => ({ currency: row.costCurrency, amount: row.costBasis })));
  const dayChanges = converter.convert(rows.map(dayChangePart));
  const cash = converter.convert([...input.cash].map(([currency, amount]) => ({ currency, amount })));
  const amounts = rows.map((row, index): Amounts => {
    return { row, cost: costs[index]!, value: values[index]!, dayChange: dayChanges[index]! };
  });
  const metrics = totals(input, amounts, cash, converter);
  const gross =
    metrics.grossExposure ??
    sum(
      values.map((value) => value?.abs() ?? null),
      converter.zero,
      true,
    )!;
  const priced = rows.flatMap(({ price }) => (price ? [price.asOf] : []));
  const { rates } = converter;
  return {
    portfolioId: input.portfolioId,
    version: input.version,
    accountKind: input.accountKind,
    valuedAt: now,
    priceTime: [...priced, ...rates.map((rate) => rate.newest)].reduce(
      (newest, time) => Math.max(newest, time),
      0,
    ),
    ...metrics,
    positions: amounts.map((each) => valuePosition(each, gross, converter, now)),
  };
}

function valuePart({ price, quantity }: ValuationRow): Part {
  return price && { currency: price.currency, amount: quantity.times(price.price) };
}

function dayChangePart({ price, quantity, previousClose }: ValuationRow): Part {
  return (
    price &&
    previousClose && { currency: price.currency, amount: quantity.times(price.price.minus(previousClose)) }
  );
}

function valuePosition(
  { row, cost, value, dayChange }: Amounts,
  gross: Decimal,
  converter: Converter,
  now: number,
): PositionValuation {
  const { price } = row;
  const unrealizedPnl = value && cost && value.minus(cost);
  return {
    symbol: row.symbol,
    quantity: row.quantity,
    price,
    grade: price?.grade ?? 'missing',
    fx: converter.shown(price?.currency ?? row.costCurrency, now),
    local: {
      costCurrency: row.costCurrency,
      costBasis: row.costBasis,
      valueCurrency: price?.currency ?? null,
      marketValue: price && row.quantity.times(price.price).trimmed(),
    },
    costBasis: cost,
    marketValue: value,
    unrealizedPnl,
    unrealizedPnlPct: percent(unrealizedPnl, cost?.abs() ?? null),
    dayPnl: dayChange,
    weight: value && !gross.isZero ? value.dividedBy(gross, 6) : null,
  };
}

function totals(
  input: ValuationInput,
  rows: readonly Amounts[],
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
    currency: input.currency,
    costBasis,
    marketValue,
    cash,
    equity: equity(input.accountKind, cash, marketValue, unrealizedPnl),
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

function share(rows: readonly Amounts[], zero: Decimal, counts: (row: Amounts) => boolean): Decimal | null {
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

function percent(amount: Decimal | null, of: Decimal | null): Decimal | null {
  return amount && of && !of.isZero ? amount.times(PERCENT).dividedBy(of, 4) : null;
}

// An unknown part makes the sum unknown, unless unknown parts are to be left out.
function sum(parts: ReadonlyArray<Decimal | null>, zero: Decimal, skipUnknown = false): Decimal | null {
  let total = zero;
  for (const part of parts) {
    if (part) total = total.plus(part);
    else if (!skipUnknown) return null;
  }
  return total;
}
