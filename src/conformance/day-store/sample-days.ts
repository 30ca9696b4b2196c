import type { DayClose, DayResult, DayStore } from '../../core/calendars/day-store.js';
import { Decimal, type DecimalInput } from '../../core/money/decimal.js';
import { assert, assertEqual } from '../assertions.js';

/** Dates of sessions, the first of them first. */
export const DATES = ['2025-12-31', '2026-01-02', '2026-01-05', '2026-01-06'] as const;
/** More than every store keeps dates of. */
export const ALL_DATES = 1_000;

const ENDED_AT = 1_767_733_200_000;

/** A recorded close of calendar `X` on the last of the dates, with the given fields. */
export function sampleClose(symbol: string, price: DecimalInput, given: Partial<DayClose> = {}): DayClose {
  const close = { calendar: 'X', date: DATES[3], symbol, closedAt: ENDED_AT, source: 'recorded' as const };
  return { ...close, price: Decimal.fromTotal(price), ...given };
}

/** The same as the close that the venue gave. */
export function officialClose(symbol: string, price: DecimalInput, given: Partial<DayClose> = {}): DayClose {
  return sampleClose(symbol, price, { ...given, source: 'official' });
}

/** A result of calendar `X` on the last of the dates, computed with no official close, with the given fields. */
export function sampleResult(
  portfolioId: string,
  pnl: DecimalInput | null,
  given: Partial<DayResult> = {},
): DayResult {
  const day = { calendar: 'X', date: DATES[3], currency: 'USD', endedAt: ENDED_AT, officialCloses: 0 };
  return { portfolioId, ...day, pnl: pnl === null ? null : Decimal.fromTotal(pnl), ...given };
}

/** Fails unless these are the closes, in this order. */
export function assertCloses(actual: readonly DayClose[], expected: readonly DayClose[], what: string): void {
  assertEqual(actual.map(closeContents), expected.map(closeContents), what);
}

/** Fails unless these are all closes of some calendars, in any order. */
export async function assertStoredCloses(
  store: DayStore,
  expected: readonly DayClose[],
  calendars: readonly string[] = ['X'],
  dates = ALL_DATES,
): Promise<void> {
  const loaded = await store.loadCloses(calendars, dates);
  assertCloses(inOrder(loaded), inOrder(expected), 'loaded closes');
}

/** Fails unless these are the results, in this order. */
export function assertResults(
  actual: readonly DayResult[],
  expected: readonly DayResult[],
  what: string,
): void {
  assertEqual(actual.map(resultContents), expected.map(resultContents), what);
}

/** Fails unless these are all results of a portfolio, in this order. */
export async function assertStoredResults(
  store: DayStore,
  portfolioId: string,
  expected: readonly DayResult[],
): Promise<void> {
  assertResults(await store.loadResults(portfolioId), expected, 'loaded results');
}

const nameOf = ({ calendar, date, symbol }: DayClose): string => JSON.stringify([calendar, date, symbol]);

function inOrder(closes: readonly DayClose[]): DayClose[] {
  return [...closes].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function closeContents(close: DayClose): unknown {
  const { calendar, date, symbol, price, currency, accrued, closedAt, source } = close;
  return {
    calendar,
    date,
    symbol,
    price: digits(price),
    // A field may be left out or `undefined`.
    currency: currency === undefined ? 'none' : currency,
    accrued: accrued === undefined ? 'none' : digits(accrued),
    closedAt,
    source,
  };
}

function resultContents({
  portfolioId,
  calendar,
  date,
  currency,
  pnl,
  endedAt,
  officialCloses,
}: DayResult): unknown {
  const shown = pnl === null ? null : digits(pnl);
  return { portfolioId, calendar, date, currency, pnl: shown, endedAt, officialCloses };
}

// By its methods: a store may come with its own copy of the package.
function digits(amount: Decimal): string {
  assert(typeof (amount as Partial<Decimal> | null)?.trimmed === 'function', 'amounts are Decimals');
  return amount.trimmed().toString();
}
