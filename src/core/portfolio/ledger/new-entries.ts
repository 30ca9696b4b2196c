import { TickmarkError, quote } from '../../errors.js';
import { isSameEntry } from './entry-reader.js';
import { IndexedEntries } from './indexed-entries.js';
import type { LedgerEntry } from './ledger-entry.js';

// Characters of an entry in a message.
const MOST_SHOWN = 80;

/** The ledger that entries are added to. */
interface KnownEntries {
  /** Time of the last entry, ms since 1970; -Infinity without any. */
  readonly lastAt: number;
  /** The entry with an id. */
  find(id: string): LedgerEntry | undefined;
}

/** Entries on their way into a ledger, each id once. */
export class NewEntries {
  /** In the order in which they came. */
  readonly indexed = new IndexedEntries();
  readonly #ledger: KnownEntries;
  #latest: number;
  #isByTime = true;

  constructor(ledger: KnownEntries) {
    this.#ledger = ledger;
    this.#latest = ledger.lastAt;
  }

  /** Whether each is no earlier than the one before, and the first no earlier than the last one of the ledger. */
  get isByTime(): boolean {
    return this.#isByTime;
  }

  get length(): number {
    return this.indexed.entries.length;
  }

  /**
   * Adds an entry, unless it is known.
   * @returns whether it was added.
   * @throws TickmarkError `ENTRY_CONFLICT` for an id that is known with other content.
   */
  add(entry: LedgerEntry): boolean {
    const known = this.#ledger.find(entry.id) ?? this.indexed.add(entry);
    if (known) {
      checkSame(known, entry);
      return false;
    }
    if (entry.at < this.#latest) this.#isByTime = false;
    this.#latest = entry.at;
    return true;
  }
}

function checkSame(known: LedgerEntry, given: LedgerEntry): void {
  if (!isSameEntry(known, given))
    throw entryConflict(`Entry ${quote(given.id)} is in the ledger`, known, given);
}

/** The error for an id that is known with other content. @param what What has it, and where it is. */
export function entryConflict(what: string, known: LedgerEntry, given: LedgerEntry): TickmarkError {
  return new TickmarkError(
    'ENTRY_CONFLICT',
    `${what} with other content: an id applies once. There: ${shown(known)}; given: ${shown(given)}.`,
  );
}

function shown(entry: LedgerEntry): string {
  const text = JSON.stringify(entry);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
