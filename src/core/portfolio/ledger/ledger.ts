import { IndexedEntries } from './indexed-entries.js';
import type { LedgerEntry } from './ledger-entry.js';
import type { NewEntries } from './new-entries.js';

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

  /** With new entries, each after those of the same time. */
  with(added: NewEntries): Ledger {
    const { indexed } = added;
    if (!added.isByTime) return new Ledger(IndexedEntries.of(byTime([...this, ...indexed.entries])));
    if (this.length === 0) return new Ledger(indexed);
    const isTip = this.#indexed.entries.length === this.length;
    const all = isTip ? this.#indexed : IndexedEntries.of(this.toArray());
    for (const entry of indexed.entries) all.add(entry);
    return new Ledger(all);
  }
}

function byTime(entries: LedgerEntry[]): LedgerEntry[] {
  return entries.sort((a, b) => a.at - b.at);
}
