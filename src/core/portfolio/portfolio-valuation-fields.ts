import {
  booleanField,
  choiceField,
  integerField,
  arrayField,
  malformed,
  nullableField,
  numberField,
  recordField,
  stringField,
  type FieldReader,
  type RecordFields,
} from '../messaging/wire-fields.js';
import { Decimal } from '../money/decimal.js';
import type { AccountKind } from './portfolio-input.js';
import type { PerformanceMetrics, PricedTotals } from './performance-metrics.js';
import type {
  LocalAmounts,
  PortfolioValuation,
  PositionValuation,
  PriceUsed,
  RateUsed,
} from './portfolio-valuation.js';

// Products and sums of what MAX_DIGITS and MAX_SCALE let in are shorter by far.
const DECIMAL_TEXT = /^-?\d{1,120}(?:\.\d{1,120})?$/;

/** A decimal's text, with the trailing zeros that it has. */
export const decimalField: FieldReader<Decimal> = (value, where) => {
  if (typeof value !== 'string' || !DECIMAL_TEXT.test(value)) throw malformed(where, value, 'a decimal text');
  const point = value.indexOf('.');
  if (point < 0) return Decimal.ofUnits(BigInt(value), 0);
  return Decimal.ofUnits(BigInt(value.slice(0, point) + value.slice(point + 1)), value.length - point - 1);
};

/** An {@link AccountKind}. */
export const accountKindField: FieldReader<AccountKind> = choiceField('cash', 'margin');

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
  costCurrency: stringField,
  costBasis: decimalField,
  valueCurrency: nullableField(stringField),
  marketValue: amount,
});

const position = recordField<PositionValuation>({
  symbol: stringField,
  quantity: decimalField,
  price: nullableField(price),
  grade: choiceField('live', 'delayed', 'stale', 'halted', 'missing'),
  fx: nullableField(rate),
  local,
  costBasis: amount,
  marketValue: amount,
  unrealizedPnl: amount,
  unrealizedPnlPct: amount,
  dayPnl: amount,
  weight: amount,
});

const priced = recordField<PricedTotals>({
  marketValue: decimalField,
  costBasis: decimalField,
  unrealizedPnl: decimalField,
});

const totals: RecordFields<PerformanceMetrics> = {
  currency: stringField,
  costBasis: amount,
  marketValue: amount,
  cash: amount,
  equity: amount,
  unrealizedPnl: amount,
  unrealizedPnlPct: amount,
  dayPnl: amount,
  longExposure: amount,
  shortExposure: amount,
  grossExposure: amount,
  netExposure: amount,
  priced,
  livePricedShare: amount,
  pricedShare: amount,
  complete: booleanField,
  unpriced: arrayField(stringField),
  unconverted: arrayField(stringField),
};

/** Reads the JSON of a {@link PortfolioValuation}, whose decimals are texts. @throws TickmarkError `MALFORMED_INPUT`. */
export const portfolioValuationField = recordField<PortfolioValuation>({
  portfolioId: stringField,
  version: integerField,
  accountKind: accountKindField,
  valuedAt: numberField,
  priceTime: numberField,
  ...totals,
  positions: arrayField(position),
});
