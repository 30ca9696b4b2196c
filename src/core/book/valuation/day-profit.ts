import { Decimal } from '../../money/decimal.js';
import { Fraction, roundTogether } from '../../money/fraction.js';
import type { CashAccount } from '../../portfolio/ledger/cash-account.js';
import { startOfDay, type DayContext } from '../../portfolio/ledger/day-history.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import type { Converter } from './converter.js';

/** Day P&L of all rows; `null` is unknown. */
export interface DayProfit {
  readonly rows: ReadonlyArray<Decimal | null>;
  readonly closed: ReadonlyArray<Decimal | null>;
  readonly cash: Decimal | null;
  readonly total: Decimal | null;
}

/**
 * Day P&L: value now, less the holdings of the previous close at their prices then, plus the net cash of the day's entries. All rows and
 * cash are rounded together, so that they sum to the total.
 * @param worthNow Value and accrued interest of each open row now, in the portfolio's currency; `null`: unknown.
 */
export function dayProfit(
  rows: readonly LedgerRow[],
  worthNow: ReadonlyArray<Fraction | null>,
  closed: readonly LedgerRow[],
  cash: ReadonlyMap<string, CashAccount>,
  {
    day,
    dayStart,
    converter,
  }: { readonly day: DayContext; readonly dayStart: number; readonly converter: Converter },
): DayProfit {
  const open = rows.map((row, at) => {
    const now = worthNow[at]!;
    return now && gainOf(row, now, day);
  });
  const flat = closed.map((row) => gainOf(row, Fraction.ZERO, day));
  const ofCash = cashGain(cash, day, dayStart, converter);
  const all = [...open, ...flat, ofCash];
  const known = all.filter((gain) => gain !== null);
  const shares = roundTogether(known, converter.scale);
  let next = 0;
  const rounded = all.map((gain) => gain && shares[next++]!);
  return {
    rows: rounded.slice(0, open.length),
    closed: rounded.slice(open.length, open.length + flat.length),
    cash: rounded[all.length - 1]!,
    total:
      known.length === all.length ? shares.reduce((sum, share) => sum.plus(share), converter.zero) : null,
  };
}

function gainOf(row: LedgerRow, now: Fraction, day: DayContext): Fraction | null {
  const start = startOfDay(row, day);
  return start.value && start.cash && now.minus(start.value).plus(start.cash);
}

// Balance now at today's rate, less what it started the day from.
function cashGain(
  cash: ReadonlyMap<string, CashAccount>,
  day: DayContext,
  dayStart: number,
  converter: Converter,
): Fraction | null {
  let gain: Fraction | null = Fraction.ZERO;
  for (const [currency, account] of cash) {
    const { balance } = account;
    const start = startOfCashDay(account, currency, day, dayStart);
    const now = balance.isZero ? Fraction.ZERO : converter.exact(Fraction.from(balance), currency);
    gain = gain && now && start && gain.plus(now).minus(start);
  }
  return gain;
}

/**
 * What cash of a currency has to be worth now for a day P&L of 0, in the portfolio's currency: the balance at the start of the day at
 * the previous rate, and the moves of the day at their own rates; `null`: unknown.
 */
export function startOfCashDay(
  { balance, recent }: CashAccount,
  currency: string,
  day: DayContext,
  dayStart: number,
): Fraction | null {
  let before = balance;
  let moved: Decimal | null = Decimal.ZERO;
  for (const { at, amount, base } of recent) {
    if (at <= dayStart) continue;
    before = before.minus(amount);
    moved = moved && base && moved.plus(base);
  }
  const rate = before.isZero ? Fraction.ZERO : day.previousCashRate(currency);
  return rate && moved && Fraction.from(before).times(rate).plus(Fraction.from(moved));
}
