import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { whole } from '../../portfolio/ledger/known-sum.js';
import { splitRatio, type PreviousClose } from '../../portfolio/ledger/day-history.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { SHARE_SCALE } from '../../portfolio/ledger/lot.js';
import type {
  ClosedPosition,
  LocalAmounts,
  PositionValuation,
  RateUsed,
  SessionName,
} from '../../portfolio/figures/portfolio-valuation.js';
import type { Converter } from './converter.js';
import { percentOf } from './derived-figures.js';
import type { RowAmounts } from './portfolio-totals.js';
import type { RowWorth, ValuationRow } from './valuation-input.js';

/** The day of a position. */
export interface RowDay {
  readonly dayPnl: Decimal | null;
  readonly session: SessionName | null;
  readonly close: PreviousClose;
}

/** An open position, from its amounts. */
export function positionOf(
  { row, price }: ValuationRow,
  worth: RowWorth,
  fx: RateUsed | null,
  amounts: RowAmounts,
  { dayPnl, session, close }: RowDay,
  gross: Decimal | null,
  converter: Converter,
): PositionValuation {
  const { instrument, quantity, entryWorth, cost } = row;
  const { marketValue, exposure, costBasis, costNow, realizedPnl, realizedFxPnl, income, expenses } = amounts;
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  const averageEntryPrice =
    (entryWorth && instrument.priceOf(quantity, entryWorth)?.toDecimal(SHARE_SCALE)) ?? null;
  const breakEvenPrice = instrument.isFutures
    ? averageEntryPrice
    : ((cost && instrument.priceOf(quantity, cost)?.toDecimal(SHARE_SCALE)) ?? null);
  return {
    symbol: instrument.symbol,
    quantity,
    price,
    grade: amounts.grade,
    fx,
    local: localOf(row, worth),
    averageEntryPrice,
    breakEvenPrice,
    costBasis,
    marketValue,
    exposure,
    accruedInterest: amounts.accruedInterest,
    unrealizedPnl,
    unrealizedPnlPct: percentOf(amounts.exactProfit, amounts.percentBase),
    pricePnl: instrument.isFutures ? unrealizedPnl : marketValue && costNow && marketValue.minus(costNow),
    fxPnl: instrument.isFutures ? converter.zero : costNow && costBasis && costNow.minus(costBasis),
    realizedPnl,
    realizedPricePnl: realizedPnl && realizedFxPnl && realizedPnl.minus(realizedFxPnl),
    realizedFxPnl,
    income,
    expenses,
    totalPnl:
      realizedPnl &&
      unrealizedPnl &&
      income &&
      expenses &&
      realizedPnl.plus(unrealizedPnl).plus(income).minus(expenses),
    dayPnl,
    dayChangePct: changePercent(row, worth, close),
    session,
    weight: exposure && gross && !gross.isZero ? exposure.dividedBy(gross, 6) : null,
  };
}

// Of the price as the instrument quotes it, so that a close in pence is comparable with a price in pounds.
function changePercent(
  { events }: LedgerRow,
  { quoted }: RowWorth,
  { price, unitsAt = Infinity }: PreviousClose,
): Decimal | null {
  if (!quoted || !price) return null;
  const then = price.dividedBy(splitRatio(events, unitsAt));
  return percentOf(quoted.minus(then), then.abs());
}

function localOf(
  row: LedgerRow,
  { currency, marketValue, exposure, accrued, worth }: RowWorth,
): LocalAmounts {
  const { cost, instrument } = row;
  const shown = (amount: Fraction | null) => amount && amount.toDecimal(SHARE_SCALE);
  const isSame = currency === instrument.settlementCurrency;
  return {
    currency,
    costBasis: isSame ? cost : null,
    marketValue: shown(marketValue),
    exposure: shown(exposure),
    accruedInterest: worth && shown(accrued),
    unrealizedPnl: isSame ? marketValue && cost && shown(marketValue.minus(Fraction.from(cost))) : null,
    realizedPnl: isSame ? localRealized(row) : null,
  };
}

function localRealized({ realizedLocal }: LedgerRow): Decimal | null {
  const amount = whole(realizedLocal);
  return amount && amount.trimmed();
}

/** A position that is flat, from its amounts. */
export function closedOf(
  row: LedgerRow,
  {
    realizedPnl,
    realizedFxPnl,
    income,
    expenses,
  }: Pick<RowAmounts, 'realizedPnl' | 'realizedFxPnl' | 'income' | 'expenses'>,
  { dayPnl, session }: Omit<RowDay, 'close'>,
): ClosedPosition {
  return {
    symbol: row.instrument.symbol,
    local: { currency: row.instrument.settlementCurrency, realizedPnl: localRealized(row) },
    realizedPnl,
    realizedPricePnl: realizedPnl && realizedFxPnl && realizedPnl.minus(realizedFxPnl),
    realizedFxPnl,
    income,
    expenses,
    dayPnl,
    session,
  };
}
