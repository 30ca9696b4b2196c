import { TickmarkError, quote } from '../../errors.js';
import { effectiveEntries } from './effective-entries.js';
import { isSameEntry } from './entry-reader.js';
import type { BookingEntry } from './ledger-entry.js';
import type { Ledger } from './ledger.js';

/**
 * Checks that nothing changes in closed books, whichever way: by a late entry, a cancellation or a correction.
 * @param before A ledger.
 * @param after The same with other entries.
 * @throws TickmarkError `BOOKS_CLOSED`; `INVALID_ARGUMENT` as {@link effectiveEntries}.
 */
export function checkClosedBooks(before: Ledger, after: Ledger): void {
  const until = before.closedUntil;
  if (until === -Infinity) return;
  const [closed, changed] = [before, after].map((ledger) =>
    effectiveEntries(ledger.toArray()).filter(({ at }) => at < until),
  ) as [BookingEntry[], BookingEntry[]];
  const at = closed.findIndex((entry, index) => !changed[index] || !isSameEntry(entry, changed[index]));
  const changes = at >= 0 ? closed[at] : changed[closed.length];
  if (!changes) return;
  // What comes in between is new; otherwise one that was there is gone or different.
  const found = at >= 0 ? changed[at] : undefined;
  const { id } = found && !closed.some((entry) => entry.id === found.id) ? found : changes;
  throw new TickmarkError(
    'BOOKS_CLOSED',
    `Entry ${quote(id)} is from before ${new Date(until).toISOString()}: the books are closed until then, and entries before can be neither made, cancelled nor corrected.`,
  );
}
