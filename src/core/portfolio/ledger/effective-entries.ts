import { invalidArgument, quote } from '../../errors.js';
import type { BookingEntry, Cancellation, ClosedBooks, Correction, LedgerEntry } from './ledger-entry.js';

/** An entry about other entries: it changes neither holdings nor cash itself. */
type Adjustment = Cancellation | Correction | ClosedBooks;

/** Whether an entry is about other entries. */
export function isAdjustment(entry: LedgerEntry): entry is Adjustment {
  return entry.type === 'cancel' || entry.type === 'correct' || entry.type === 'closeBooks';
}

/**
 * The entries that count, by time: without those that were cancelled, and with the content of the last correction of each.
 * Cancellations and corrections count in the order of their times.
 * @param entries All entries of a ledger, by time.
 * @throws TickmarkError `INVALID_ARGUMENT` for a cancellation or correction of an entry that there is not, that was cancelled before, or that
 * is itself about other entries.
 */
export function effectiveEntries(entries: readonly LedgerEntry[]): readonly BookingEntry[] {
  if (!entries.some(isAdjustment)) return entries as readonly BookingEntry[];
  const current = new Map<string, BookingEntry | null>();
  for (const entry of entries) if (!isAdjustment(entry)) current.set(entry.id, entry);
  for (const entry of entries) {
    if (!isAdjustment(entry) || entry.type === 'closeBooks') continue;
    const target = current.get(entry.entry);
    if (!target) throw noTarget(entry, target === null);
    current.set(target.id, entry.type === 'cancel' ? null : corrected(target, entry));
  }
  const counting = [...current.values()].filter((entry) => entry !== null);
  // A correction may have moved one; the others keep their order.
  return counting.sort((a, b) => a.at - b.at);
}

function corrected({ id, at }: BookingEntry, { by }: Correction): BookingEntry {
  return Object.freeze({ at, ...by, id }) as BookingEntry;
}

function noTarget({ id, type, entry }: Cancellation | Correction, isCancelled: boolean): Error {
  const accepted = isCancelled
    ? 'the id of an entry that has not been cancelled'
    : 'the id of an entry of this portfolio that changes holdings or cash';
  return invalidArgument(`Entry ${quote(id)} (${type}): entry`, entry, accepted);
}
