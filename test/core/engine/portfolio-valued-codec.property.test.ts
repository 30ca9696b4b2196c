import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { currencyOf } from '../../../src/core/money/currency.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import {
  STREAMED_FIGURES,
  type PortfolioTotals,
  type StreamedFigure,
} from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import { ANY_CHARACTER } from '../../any-character.js';
import { sized } from '../../sizes.js';
import { bothEncodings, decoded } from '../messaging/encodings.js';
import { valuedRow } from './plain-totals.js';
import { texts } from './sample-values.js';

const both = bothEncodings(() => new PortfolioValuedCodec());

// Most amounts fit into columns; some sums of them do not, and some amounts are past 2^53 themselves.
const money = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -1e9, max: 1e9 }).map(BigInt) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map(BigInt) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }) },
);
const figures = Object.fromEntries(
  STREAMED_FIGURES.map((name) => [name, fc.option(money, { freq: 6 })]),
) as Record<StreamedFigure, fc.Arbitrary<bigint | null>>;
const row = fc.record({
  id: fc.string({ unit: ANY_CHARACTER }),
  version: fc.nat(),
  currency: fc.constantFrom('USD', 'JPY', 'BTC'),
  priced: money,
  figures: fc.record(figures),
  isConsistent: fc.boolean(),
  isPlain: fc.boolean(),
  complete: fc.boolean(),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

const plus = (...amounts: Array<bigint | null>): bigint | null =>
  amounts.reduce((sum, amount) => (sum === null || amount === null ? null : sum + amount), 0n);
const RATIOS = new Set<StreamedFigure>(['unrealizedPnlPct', 'dayPnlPct', 'leverage']);
// At 4 digits, half-even.
const ratio = (amount: bigint, of: bigint): bigint =>
  Decimal.ofUnits(amount, 0).dividedBy(Decimal.ofUnits(of, 0), 4).unitsAt(4);
const minus = (amount: bigint | null): bigint | null => amount && -amount;

// Consistent totals are such as a book gives: what follows from other figures does.
function totalsOf({
  currency,
  priced,
  figures: given,
  isConsistent,
  isPlain,
  complete,
}: Row): PortfolioTotals {
  const { scale } = currencyOf(currency);
  const zeros = isPlain
    ? { income: 0n, fees: 0n, taxes: 0n, expenses: 0n, fxPnl: 0n, cashFxPnl: 0n, realizedPnl: 0n }
    : {};
  const base = {
    ...given,
    ...zeros,
    ...(isConsistent && given.marketValue !== null && { marketValue: priced }),
  };
  // Without short positions and foreign cash, as most.
  if (isPlain && isConsistent) {
    base.longExposure = base.marketValue;
    base.shortExposure = base.marketValue === null ? null : 0n;
  }
  const grossExposure = plus(base.longExposure, minus(base.shortExposure));
  const unrealizedPnl = plus(base.marketValue, minus(base.costBasis));
  const equity = plus(base.cash, base.marketValue, base.accruedInterest);
  const derived = {
    unrealizedPnl,
    equity,
    grossExposure,
    netExposure: plus(base.longExposure, base.shortExposure),
    leverage: grossExposure === null || equity === null || equity <= 0n ? null : ratio(grossExposure, equity),
    pricePnl: plus(unrealizedPnl, minus(base.fxPnl)),
    totalPnl: plus(base.realizedPnl, unrealizedPnl, base.income, minus(base.expenses), base.cashFxPnl),
  };
  const all = isConsistent ? { ...base, ...derived } : base;
  const isComplete = all.marketValue !== null && all.cash !== null;
  const decimals = Object.fromEntries(
    STREAMED_FIGURES.map((name) => {
      const units = all[name];
      return [name, units === null ? null : Decimal.ofUnits(units, RATIOS.has(name) ? 4 : scale)];
    }),
  ) as Record<StreamedFigure, Decimal | null>;
  return {
    ...decimals,
    priced: { marketValue: Decimal.ofUnits(priced, scale) },
    complete: isConsistent ? isComplete : complete,
  };
}

describe.each(both)('a batch of portfolio values encoded as %s', (_encoding, codecs) => {
  test('is decoded with every digit, and with null for what is unknown', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const listed = rows.map((each) => valuedRow(each.id, totalsOf(each), each.currency, each.version));
        const batch = new PortfolioValuedBatch('b', 1_700_000_000_000, new ListedRows(listed));
        expect(texts([...decoded(codecs, batch)])).toEqual(texts([...batch]));
      }),
      { numRuns: sized({ quick: 150, gate: 1000, full: 20_000 }) },
    );
  });
});
