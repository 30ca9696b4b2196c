import { TickmarkError, quote } from '../../errors.js';
import { isSameEntry } from './entry-reader.js';
import { IndexedEntries } from './indexed-entries.js';
import type { LedgerEntry } from './ledger-entry.js';

// Characters of an entry in a message.
const MOST_SHOWN = 80;

/**
 * Entries by time, each id once. Immutable; entries appended to one ledger share memory with it, so that appending costs the same
 * whatever the length.
 */
export class Ledger implements Iterable<LedgerEntry> {
  /** No entries. */
  static empty(): Ledger {
    return new Ledger(new IndexedEntries());
  }

  readonly length: number;
  // Ledgers that were appended to this one have their entries there as well.
  readonly #indexed: IndexedEntries;

  private constructor(indexed: IndexedEntries) {
    this.#indexed = indexed;
    this.length = indexed.entries.length;
  }

  /** The first entry. */
  get first(): LedgerEntry | undefined {
    return this.#entryAt(0);
  }

  /** The last entry. */
  get last(): LedgerEntry | undefined {
    return this.#entryAt(this.length - 1);
  }

  /** The entry with an id. */
  find(id: string): LedgerEntry | undefined {
    return this.#entryAt(this.#indexed.find(id));
  }

  #entryAt(at: number): LedgerEntry | undefined {
    return at >= 0 && at < this.length ? this.#indexed.entries[at] : undefined;
  }

  *[Symbol.iterator](): Iterator<LedgerEntry> {
    for (let at = 0; at < this.length; at++) yield this.#indexed.entries[at]!;
  }

  /** All entries. */
  toArray(): LedgerEntry[] {
    return this.#indexed.entries.slice(0, this.length);
  }

  /** The entries that another ledger, from which this one has come, has not. */
  since(earlier: Ledger): LedgerEntry[] {
    if (earlier.#indexed === this.#indexed) return this.#indexed.entries.slice(earlier.length, this.length);
    return this.toArray().filter(({ id }) => !earlier.find(id));
  }

  /**
   * The entries that are not here yet, by time, in the order given where times are equal.
   * @throws TickmarkError `ENTRY_CONFLICT` for an id that is known with other content.
   */
  unknown(entries: readonly LedgerEntry[]): Ledger {
    const fresh = new IndexedEntries();
    let isByTime = true;
    let latest = -Infinity;
    for (const entry of entries) {
      const known = this.length > 0 ? this.find(entry.id) : undefined;
      const at = known ? -1 : fresh.add(entry);
      if (known) refuseConflict(known, entry);
      else if (at >= 0) refuseConflict(fresh.entries[at]!, entry);
      isByTime &&= entry.at >= latest;
      latest = entry.at;
    }
    return new Ledger(isByTime ? fresh : IndexedEntries.of(byTime(fresh.entries)));
  }

  /** With entries that are not earlier than the last one. */
  appended(later: Ledger): Ledger {
    if (this.length === 0) return later;
    const isTip = this.#indexed.entries.length === this.length;
    const indexed = isTip ? this.#indexed : IndexedEntries.of(this.toArray());
    for (const entry of later) indexed.add(entry);
    return new Ledger(indexed);
  }

  /** With entries of any time, each after those of the same time. */
  inserted(others: Ledger): Ledger {
    return new Ledger(IndexedEntries.of(byTime([...this, ...others])));
  }
}

function byTime(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return [...entries].sort((a, b) => a.at - b.at);
}

function refuseConflict(known: LedgerEntry, given: LedgerEntry): void {
  if (isSameEntry(known, given)) return;
  throw new TickmarkError(
    'ENTRY_CONFLICT',
    `Entry ${quote(given.id)} is in the ledger with other content: an id applies once. There: ${shown(known)}; given: ${shown(given)}.`,
  );
}

function shown(entry: LedgerEntry): string {
  const text = JSON.stringify(entry);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
