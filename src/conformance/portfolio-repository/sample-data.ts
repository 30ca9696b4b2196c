import { Decimal, type DecimalInput } from '../../core/money/decimal.js';
import type {
  PortfolioRepository,
  PriceRecord,
  ValuationRecord,
} from '../../core/portfolio/portfolio-repository.js';
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
    marketValue: Decimal.from('1040.55'),
    costBasis: Decimal.from('1002.5'),
    unrealizedPnl: Decimal.from('38.05'),
    cash: Decimal.from('1000.01'),
    equity: Decimal.from('2040.56'),
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

/** Fails unless both portfolios have the same contents and version; trailing zeros do not matter. */
export function assertSamePortfolio(actual: Portfolio | null | undefined, expected: Portfolio): void {
  assertEqual(actual && plain(actual.toSnapshot()), plain(expected.toSnapshot()), `portfolio ${expected.id}`);
}

/** Fails unless the store holds exactly this valuation. */
export async function assertStored(
  repository: PortfolioRepository,
  expected: ValuationRecord,
): Promise<void> {
  const stored = await repository.loadValuations([expected.portfolioId]);
  assertEqual(stored.map(plain), [plain(expected)], `stored valuation of ${expected.portfolioId}`);
}

/** Plain data that can be compared: decimals as their shortest strings, and without absent fields. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'string' && /^-?\d+\.\d*0$/.test(each) ? each.replace(/\.?0+$/, '') : each,
  );
}

/** A sorted copy, for results in no particular order. */
export function sorted(strings: readonly string[]): string[] {
  return [...strings].sort();
}
