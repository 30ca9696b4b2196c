import type { DayResult } from '../../calendars/day-store.js';
import type { Instrument } from '../../instruments/instrument.js';
import { currencyOf } from '../../money/currency.js';
import { Fraction } from '../../money/fraction.js';
import type { CashAccount } from '../../portfolio/ledger/cash-account.js';
import { startOfDay, type DayContext } from '../../portfolio/ledger/day-history.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { startOfCashDay } from '../valuation/day-profit.js';
import type { ValuationInput } from '../valuation/valuation-input.js';
import { CASH, type EndedDate } from './day-recorder.js';

/** What a portfolio held lately. */
interface DayHoldings {
  readonly portfolioId: string;
  readonly currency: string;
  /** Open and flat rows whose day has ended. */
  readonly rows: readonly LedgerRow[];
  /** By currency, if the day is that of cash. */
  readonly cash: ReadonlyMap<string, CashAccount>;
}

const NO_CASH: ReadonlyMap<string, CashAccount> = new Map();

/** The ended day, seen from its start and from its end. */
export interface DaySpan extends Pick<DayResult, 'calendar' | 'date' | 'endedAt' | 'officialCloses'> {
  /** As if now were within the day. */
  readonly start: DayContext;
  /** As if now were within the next day. */
  readonly end: DayContext;
  /** When the day of cash began, ms since 1970. */
  readonly startedAt: number;
}

/** What {@link dayResults} needs to know of days. */
export interface DaySpans {
  /** `undefined` for a day of which nothing is known. @param home Currency of the portfolio. */
  readonly spanOf: (day: EndedDate, home: string) => DaySpan | undefined;
  /** Whether an instrument has a calendar of a name. */
  readonly isOf: (instrument: Instrument, calendar: string) => boolean;
}

/**
 * What a portfolio earned on days that have ended; nothing for a day of whose calendar it has nothing.
 * @param sent Results that were sent: their days have one in any case, since what they were of may have been cancelled.
 */
export function dayResults(
  { portfolioId, currency, rows: open, closed, cash }: ValuationInput,
  spans: DaySpans,
  days: readonly EndedDate[],
  sent: readonly DayResult[],
): DayResult[] {
  const all = [...open.map(({ row }) => row), ...closed];
  // Cash of its own currency earns nothing by itself.
  const hasForeign = [...cash.keys()].some((code) => code !== currency);
  return days.flatMap((day): DayResult[] => {
    const { calendar, date } = day;
    const isCash = calendar === CASH;
    const rows = isCash ? [] : all.filter(({ instrument }) => spans.isOf(instrument, calendar));
    const isSent = sent.some((each) => each.calendar === calendar && each.date === date);
    const span = isSent || (isCash ? hasForeign : rows.length > 0) ? spans.spanOf(day, currency) : undefined;
    return span ? [dayResult({ portfolioId, currency, rows, cash: isCash ? cash : NO_CASH }, span)] : [];
  });
}

/**
 * What a portfolio earned on a day that has ended: what the next day starts from, less what the day itself started from, less what was put in
 * meanwhile. Computed from the entries and the closes alone, so that any engine finds the same at any time, and days add up: the end of each is
 * the start of the next.
 */
function dayResult({ portfolioId, currency, rows, cash }: DayHoldings, span: DaySpan): DayResult {
  const { calendar, date, endedAt, officialCloses, start, end, startedAt } = span;
  let pnl: Fraction | null = Fraction.ZERO;
  for (const row of rows) pnl = sum(pnl, difference(baseOf(row, end), baseOf(row, start)));
  for (const [code, account] of cash) {
    const [before, after] = [
      startOfCashDay(account, code, start, startedAt),
      startOfCashDay(account, code, end, endedAt),
    ];
    pnl = sum(pnl, difference(after, before));
  }
  const { scale } = currencyOf(currency);
  return { portfolioId, calendar, date, currency, pnl: pnl && pnl.rounded(scale), endedAt, officialCloses };
}

/** What a row has to be worth for a day P&L of 0; `null`: unknown. */
function baseOf(row: LedgerRow, context: DayContext): Fraction | null {
  const { value, cash } = startOfDay(row, context);
  return value && cash && value.minus(cash);
}

function difference(one: Fraction | null, other: Fraction | null): Fraction | null {
  return one && other && one.minus(other);
}

function sum(one: Fraction | null, other: Fraction | null): Fraction | null {
  return one && other && one.plus(other);
}
