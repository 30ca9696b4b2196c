import {
  booleanField,
  choiceField,
  integerField,
  arrayField,
  laterField,
  malformed,
  nullableField,
  numberField,
  recordField,
  stringField,
  type FieldReader,
  type RecordFields,
} from '../../messaging/wire-fields.js';
import { Decimal } from '../../money/decimal.js';
import type { PerformanceMetrics, PricedTotals } from './performance-metrics.js';
import type {
  CashBalance,
  ClosedPosition,
  LocalAmounts,
  PortfolioValuation,
  PositionValuation,
  PriceUsed,
  RateUsed,
  SessionName,
} from './portfolio-valuation.js';

// Products and sums of decimals within MAX_DIGITS and MAX_SCALE are much shorter.
const DECIMAL = /^-?\d{1,120}(?:\.\d{1,120})?$/;

/** A decimal as a string; trailing zeros are kept. */
export const decimalField: FieldReader<Decimal> = (value, where) => {
  if (typeof value !== 'string' || !DECIMAL.test(value))
    throw malformed(where, value, 'a decimal as a string');
  const point = value.indexOf('.');
  if (point < 0) return Decimal.ofUnits(BigInt(value), 0);
  return Decimal.ofUnits(BigInt(value.slice(0, point) + value.slice(point + 1)), value.length - point - 1);
};

const amount = nullableField(decimalField);
const age = nullableField(numberField);

const price = recordField<PriceUsed>({
  price: decimalField,
  currency: stringField,
  kind: choiceField('last', 'bid', 'ask', 'mid', 'close', 'stored'),
  source: stringField,
  asOf: numberField,
  ageMs: numberField,
  grade: choiceField('live', 'delayed', 'stale', 'halted'),
});

const rate = recordField<RateUsed>({
  path: arrayField(stringField),
  rate: decimalField,
  asOf: age,
  ageMs: age,
});

const local = recordField<LocalAmounts>({
  currency: stringField,
  costBasis: amount,
  marketValue: amount,
  exposure: amount,
  accruedInterest: amount,
  unrealizedPnl: amount,
  realizedPnl: amount,
});

const session = laterField(
  recordField<SessionName>({ calendar: stringField, label: stringField, date: stringField }),
);

const position = recordField<PositionValuation>({
  symbol: stringField,
  quantity: decimalField,
  price: nullableField(price),
  grade: choiceField('live', 'delayed', 'stale', 'halted', 'missing'),
  fx: nullableField(rate),
  local,
  averageEntryPrice: amount,
  breakEvenPrice: amount,
  costBasis: amount,
  marketValue: amount,
  exposure: amount,
  accruedInterest: amount,
  unrealizedPnl: amount,
  unrealizedPnlPct: amount,
  pricePnl: amount,
  fxPnl: amount,
  realizedPnl: amount,
  realizedPricePnl: amount,
  realizedFxPnl: amount,
  income: amount,
  expenses: amount,
  totalPnl: amount,
  dayPnl: amount,
  dayChangePct: laterField(decimalField),
  session,
  weight: amount,
});

const closed = recordField<ClosedPosition>({
  symbol: stringField,
  local: recordField<ClosedPosition['local']>({ currency: stringField, realizedPnl: amount }),
  realizedPnl: amount,
  realizedPricePnl: amount,
  realizedFxPnl: amount,
  income: amount,
  expenses: amount,
  dayPnl: amount,
  session,
});

const cashBalance = recordField<CashBalance>({
  currency: stringField,
  balance: decimalField,
  settledCash: decimalField,
  value: amount,
});

const priced = recordField<PricedTotals>({
  marketValue: decimalField,
  costBasis: decimalField,
  unrealizedPnl: decimalField,
  realizedPnl: decimalField,
});

const totals: RecordFields<PerformanceMetrics> = {
  currency: stringField,
  marketValue: amount,
  accruedInterest: amount,
  cash: amount,
  unsettledCash: amount,
  equity: amount,
  costBasis: amount,
  unrealizedPnl: amount,
  unrealizedPnlPct: amount,
  pricePnl: amount,
  fxPnl: amount,
  realizedPnl: amount,
  income: amount,
  fees: amount,
  taxes: amount,
  expenses: amount,
  cashFxPnl: amount,
  netContributions: amount,
  totalPnl: amount,
  dayPnl: amount,
  dayPnlPct: amount,
  cashDayPnl: amount,
  longExposure: amount,
  shortExposure: amount,
  grossExposure: amount,
  netExposure: amount,
  leverage: amount,
  priced,
  livePricedShare: amount,
  pricedShare: amount,
  complete: booleanField,
  unpriced: arrayField(stringField),
  unconverted: arrayField(stringField),
  unknownCost: arrayField(stringField),
};

/** Reads the JSON of a {@link PortfolioValuation}, whose decimals are strings. @throws TickmarkError `MALFORMED_INPUT`. */
export const portfolioValuationField = recordField<PortfolioValuation>({
  portfolioId: stringField,
  version: integerField,
  valuedAt: numberField,
  priceTime: numberField,
  ...totals,
  positions: arrayField(position),
  closed: arrayField(closed),
  cashBalances: arrayField(cashBalance),
});
