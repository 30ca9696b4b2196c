import type { Decimal } from '../../money/decimal.js';
import type { FxRate } from '../../money/fx-rates.js';
import type { AccountKind } from '../../portfolio/portfolio-input.js';
import type { PortfolioValuation, PositionValuation } from '../../portfolio/portfolio-valuation.js';
import { Converter, type Part } from './converter.js';
import { computeMetrics, percent, sum, type RowAmounts, type ValuationRow } from './row-metrics.js';

/** All that goes into one valuation: a consistent cut. */
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

/**
 * Values a portfolio row by row. Amounts of one currency are summed exactly, converted once and rounded once, half-even; the rounded
 * sum is shared among the rows of that currency by largest remainder. So rows sum to totals, digit for digit.
 */
export function valueRows(input: ValuationInput): PortfolioValuation {
  const { rows, now } = input;
  const converter = new Converter(input.currency, input.rate);
  const values = converter.convert(rows.map(valuePart));
  const costs = converter.convert(rows.map((row) => ({ currency: row.costCurrency, amount: row.costBasis })));
  const dayChanges = converter.convert(rows.map(dayChangePart));
  const cash = converter.convert([...input.cash].map(([currency, amount]) => ({ currency, amount })));
  const amounts = rows.map((row, index): RowAmounts => {
    return { row, cost: costs[index]!, value: values[index]!, dayChange: dayChanges[index]! };
  });
  const metrics = computeMetrics(input, amounts, cash, converter);
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
  { row, cost, value, dayChange }: RowAmounts,
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
