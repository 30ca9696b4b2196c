import { TickmarkError } from '../../errors.js';
import { IndexedEntries } from './indexed-entries.js';
import type { LedgerEntry } from './ledger-entry.js';
import type { NewEntries } from './new-entries.js';

/** What is known of the first entries of a ledger, where they are not in memory. */
export interface EarlierEntries {
  /** How many there are. */
  readonly count: number;
  /** Time of the last of them, ms since 1970; -Infinity without any. */
  readonly lastAt: number;
  /** Until when they close the books, ms since 1970; -Infinity if they do not. */
  readonly closedUntil: number;
  /** Symbols that they name. */
  readonly symbols: readonly string[];
}

const NONE: EarlierEntries = { count: 0, lastAt: -Infinity, closedUntil: -Infinity, symbols: [] };

/**
 * Entries by time, each id once. Immutable; entries appended to one ledger share memory with it, so that appending costs the same
 * whatever the length. The first entries may be in a store alone.
 */
export class Ledger implements Iterable<LedgerEntry> {
  /** No entries. */
  static empty(): Ledger {
    return new Ledger(new IndexedEntries(), NONE);
  }

  /** A ledger whose first entries are not in memory. */
  static after(earlier: EarlierEntries): Ledger {
    return new Ledger(new IndexedEntries(), earlier);
  }

  /** How many entries there are, in memory or not. */
  readonly length: number;
  /** Until when the books are closed, ms since 1970; -Infinity if they never were. */
  readonly closedUntil: number;
  readonly #earlier: EarlierEntries;
  // Ledgers that were appended to this one have their entries there as well.
  readonly #indexed: IndexedEntries;
  readonly #inMemory: number;

  private constructor(indexed: IndexedEntries, earlier: EarlierEntries, closedUntil = earlier.closedUntil) {
    this.#indexed = indexed;
    this.#earlier = earlier;
    this.#inMemory = indexed.entries.length;
    this.length = earlier.count + this.#inMemory;
    this.closedUntil = closedUntil;
  }

  /** Whether all entries are in memory. */
  get isWhole(): boolean {
    return this.#earlier.count === 0;
  }

  /** Time of the last entry, ms since 1970; -Infinity without any. */
  get lastAt(): number {
    return this.#entryAt(this.#inMemory - 1)?.at ?? this.#earlier.lastAt;
  }

  /** Symbols that entries name, in the order of the first ones; also those that were corrected or cancelled. */
  get symbols(): readonly string[] {
    const { symbols } = this.#earlier;
    // What was appended to this ledger may name others.
    const isTip = this.#indexed.entries.length === this.#inMemory;
    const later = isTip ? this.#indexed.symbols() : IndexedEntries.of(this.inMemory()).symbols();
    return symbols.length === 0 ? [...later] : [...new Set([...symbols, ...later])];
  }

  /** The entry with an id; `undefined` also for one that is not in memory. */
  find(id: string): LedgerEntry | undefined {
    return this.#entryAt(this.#indexed.find(id));
  }

  #entryAt(at: number): LedgerEntry | undefined {
    return at >= 0 && at < this.#inMemory ? this.#indexed.entries[at] : undefined;
  }

  /** Checks that all entries are in memory. @param what Needs them. @throws TickmarkError `LEDGER_NOT_LOADED`. */
  checkWhole(what: string): void {
    if (this.isWhole) return;
    throw new TickmarkError(
      'LEDGER_NOT_LOADED',
      `${what} needs the whole ledger, and its first ${this.#earlier.count} entries were not loaded. ` +
        `Load the portfolio with load(id, { ledger: 'whole' }), or read its entries with portfolioLedger(repository, id).`,
    );
  }

  *[Symbol.iterator](): Iterator<LedgerEntry> {
    this.checkWhole('This');
    for (let at = 0; at < this.#inMemory; at++) yield this.#indexed.entries[at]!;
  }

  /** All entries. @throws TickmarkError `LEDGER_NOT_LOADED` unless they are in memory. */
  toArray(): LedgerEntry[] {
    this.checkWhole('This');
    return this.inMemory();
  }

  /** The entries that are in memory. */
  inMemory(): LedgerEntry[] {
    return this.#indexed.entries.slice(0, this.#inMemory);
  }

  /** The entries that another ledger, from which this one has come, has not. */
  since(earlier: Ledger): LedgerEntry[] {
    if (earlier.#indexed === this.#indexed)
      return this.#indexed.entries.slice(earlier.#inMemory, this.#inMemory);
    return this.inMemory().filter(({ id }) => !earlier.find(id));
  }

  /**
   * With new entries, each after those of the same time.
   * @throws TickmarkError `LEDGER_NOT_LOADED` for one from before the last one, unless all entries are in memory.
   */
  with(added: NewEntries): Ledger {
    const { indexed } = added;
    const until = Math.max(this.closedUntil, closedUntil(indexed.entries));
    if (!added.isByTime)
      return new Ledger(IndexedEntries.of(byTime([...this, ...indexed.entries])), NONE, until);
    if (this.#inMemory === 0) return new Ledger(indexed, this.#earlier, until);
    const isTip = this.#indexed.entries.length === this.#inMemory;
    const all = isTip ? this.#indexed : IndexedEntries.of(this.inMemory());
    for (const entry of indexed.entries) all.add(entry);
    return new Ledger(all, this.#earlier, until);
  }
}

function closedUntil(entries: readonly LedgerEntry[]): number {
  let until = -Infinity;
  for (const entry of entries) if (entry.type === 'closeBooks' && entry.until > until) until = entry.until;
  return until;
}

function byTime(entries: LedgerEntry[]): LedgerEntry[] {
  return entries.sort((a, b) => a.at - b.at);
}
