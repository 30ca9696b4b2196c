import { Decimal, type DecimalInput } from '../../core/money/decimal.js';
import type {
  PortfolioRepository,
  PriceRecord,
  ValuationRecord,
} from '../../core/portfolio/portfolio-repository.js';
import { mapFigures, type StreamedFigure } from '../../core/portfolio/figures/portfolio-totals.js';
import type { PortfolioInput } from '../../core/portfolio/portfolio-input.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { assertEqual } from '../assertions.js';

/** A moment, ms since 1970. */
export const NOON = 1_700_000_000_000;

/** A portfolio that was never stored: one long position, one short, some cash. */
export function samplePortfolio(id: string, input: Partial<PortfolioInput> = {}): Portfolio {
  return Portfolio.create({
    id,
    currency: 'USD',
    cash: { USD: '1000.01' },
    positions: [
      { symbol: 'AAPL', quantity: 10, averageCost: '150.25' },
      { symbol: 'TSLA', quantity: '-2.5', averageCost: '200' },
    ],
    ...input,
  });
}

// No two are equal, so that a mix-up shows.
const FIGURES: Record<StreamedFigure, string> = {
  marketValue: '1040.55',
  accruedInterest: '3.21',
  cash: '1000.01',
  unsettledCash: '250.5',
  equity: '2043.77',
  costBasis: '1002.5',
  unrealizedPnl: '38.05',
  unrealizedPnlPct: '3.7955',
  pricePnl: '30.02',
  fxPnl: '8.03',
  realizedPnl: '12.34',
  income: '5.67',
  fees: '2.5',
  taxes: '1.25',
  expenses: '0.75',
  cashFxPnl: '-4.04',
  netContributions: '1989.29',
  totalPnl: '51.27',
  dayPnl: '-6.02',
  dayPnlPct: '-0.2937',
  longExposure: '1540.56',
  shortExposure: '-500.02',
  grossExposure: '2040.58',
  netExposure: '1040.54',
  leverage: '0.9984',
};

/** A valuation of version 1 at {@link NOON}, with the given fields changed. */
export function sampleValuation(portfolioId: string, given: Partial<ValuationRecord> = {}): ValuationRecord {
  return {
    portfolioId,
    version: 1,
    priceOrder: sampleOrder(NOON),
    basis: '',
    valuedAt: NOON + 5,
    priceTime: NOON,
    receivedAt: NOON + 1,
    liveUntil: NOON + 60_001,
    currency: 'USD',
    ...mapFigures((name) => Decimal.from(FIGURES[name])),
    priced: { marketValue: Decimal.from('1040.55') },
    complete: true,
    unpriced: [],
    unconverted: [],
    ...given,
  };
}

/** A `priceOrder` that rises with a number. */
export function sampleOrder(rank: number): string {
  return `${String(rank).padStart(16, '0')}-_Az`;
}

/** A price that was received when the venue sent it. */
export function samplePrice(
  symbol: string,
  price: DecimalInput,
  timestamp = NOON,
  given: Partial<PriceRecord> = {},
): PriceRecord {
  return {
    symbol,
    price: Decimal.from(price),
    timestamp,
    receivedAt: timestamp,
    stamp: { venueTime: timestamp, arrival: timestamp * 1000 },
    gap: 0,
    liveUntil: timestamp + 60_000,
    ...given,
  };
}

/** Saves one valuation. @returns Its outcome. */
export async function offer(repository: PortfolioRepository, valuation: ValuationRecord): Promise<string> {
  const outcomes = await repository.saveValuations([valuation]);
  assertEqual(outcomes.length, 1, 'number of outcomes');
  return outcomes[0]!;
}

/**
 * Fails unless both portfolios have the same contents and version; trailing zeros do not matter. Entries are compared where both have all of
 * them in memory.
 */
export function assertSamePortfolio(actual: Portfolio | null | undefined, expected: Portfolio): void {
  const isWhole = actual?.isLedgerLoaded !== false && expected.isLedgerLoaded;
  const contentsOf = (portfolio: Portfolio): unknown =>
    plain([isWhole ? portfolio.toSnapshot() : portfolio.terms, statusOf(portfolio)]);
  assertEqual(actual && contentsOf(actual), contentsOf(expected), `portfolio ${expected.id}`);
}

// All that follows from the ledger.
function statusOf({ account, entryCount, closedUntil }: Portfolio): unknown {
  const { holdings, cash, find: _find, ...sums } = account;
  return [entryCount, closedUntil, [...holdings], [...cash], sums];
}

/** Fails unless the store holds exactly this valuation. */
export async function assertStored(
  repository: PortfolioRepository,
  expected: ValuationRecord,
): Promise<void> {
  const stored = await repository.loadValuations([expected.portfolioId]);
  assertEqual(stored.map(plain), [plain(expected)], `stored valuation of ${expected.portfolioId}`);
}

/**
 * Plain data that can be compared: decimals as their shortest digits, marked as decimals, digits of strings as their shortest ones, and without
 * absent fields.
 */
export function plain(value: unknown): unknown {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, each: unknown) {
    if (typeof each === 'bigint') return String(each);
    return isDecimal(this[key]) ? { Decimal: String(this[key]) } : each;
  });
  return JSON.parse(text, (_, each: unknown) =>
    typeof each === 'string' && /^-?\d+\.\d*0$/.test(each) ? each.replace(/\.?0+$/, '') : each,
  );
}

// By its methods: a repository may come with its own copy of the package.
function isDecimal(value: unknown): boolean {
  return typeof (value as Partial<Decimal> | null | undefined)?.dividedBy === 'function';
}

/** A sorted copy, for results in no particular order. */
export function sorted(strings: readonly string[]): string[] {
  return [...strings].sort();
}
