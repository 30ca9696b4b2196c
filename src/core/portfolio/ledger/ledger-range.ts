import { timeOf } from './entry-fields.js';
import type { LedgerEntry, TimeInput } from './ledger-entry.js';

/** Which entries of a ledger are read, by their `at`. */
export interface LedgerRange {
  /** Time of the first ones, inclusive. Default: the first entry. */
  readonly from?: TimeInput;
  /** Time that they end before, exclusive. Default: after the last entry. */
  readonly to?: TimeInput;
}

/** A range in ms since 1970; ±Infinity where it has no bound. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The bounds of a range.
 * @param where The call, for errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no time.
 */
export function timeRangeOf({ from, to }: LedgerRange, where: string): TimeRange {
  return {
    from: from === undefined ? -Infinity : timeOf(from, `${where}: from`),
    to: to === undefined ? Infinity : timeOf(to, `${where}: to`),
  };
}

/** The entries within a range. */
export function* entriesWithin(
  entries: Iterable<LedgerEntry>,
  { from, to }: TimeRange,
): Iterable<LedgerEntry> {
  for (const entry of entries) if (entry.at >= from && entry.at < to) yield entry;
}
