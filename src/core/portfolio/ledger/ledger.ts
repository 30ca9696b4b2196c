import { TickmarkError, quote } from '../../errors.js';
import { isSameEntry } from './entry-reader.js';
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
    return new Ledger([], 0, new Map());
  }

  readonly length: number;
  readonly #entries: LedgerEntry[];
  readonly #positions: Map<string, number>;

  private constructor(entries: LedgerEntry[], length: number, positions: Map<string, number>) {
    this.#entries = entries;
    this.length = length;
    this.#positions = positions;
  }

  /** The last entry. */
  get last(): LedgerEntry | undefined {
    return this.length === 0 ? undefined : this.#entries[this.length - 1];
  }

  /** The entry with an id. */
  find(id: string): LedgerEntry | undefined {
    const at = this.#positions.get(id);
    return at === undefined || at >= this.length ? undefined : this.#entries[at];
  }

  *[Symbol.iterator](): Iterator<LedgerEntry> {
    for (let at = 0; at < this.length; at++) yield this.#entries[at]!;
  }

  /** All entries. */
  toArray(): LedgerEntry[] {
    return this.#entries.slice(0, this.length);
  }

  /**
   * The entries that are not here yet, by time, in the order given where times are equal.
   * @throws TickmarkError `ENTRY_CONFLICT` for an id that is known with other content.
   */
  unknown(entries: readonly LedgerEntry[]): LedgerEntry[] {
    const fresh = new Map<string, LedgerEntry>();
    for (const entry of entries) {
      const known = fresh.get(entry.id) ?? this.find(entry.id);
      if (!known) fresh.set(entry.id, entry);
      else if (!isSameEntry(known, entry))
        throw new TickmarkError(
          'ENTRY_CONFLICT',
          `Entry ${quote(entry.id)} is in the ledger with other content: an id applies once. There: ${shown(known)}; given: ${shown(entry)}.`,
        );
    }
    return [...fresh.values()].sort((a, b) => a.at - b.at);
  }

  /** With entries that are not earlier than the last one. */
  appended(entries: readonly LedgerEntry[]): Ledger {
    const isTip = this.#entries.length === this.length;
    const all = isTip ? this.#entries : this.toArray();
    const positions = isTip
      ? this.#positions
      : new Map([...this.#positions].filter(([, at]) => at < this.length));
    for (const entry of entries) {
      positions.set(entry.id, all.length);
      all.push(entry);
    }
    return new Ledger(all, all.length, positions);
  }

  /** With entries of any time, each after those of the same time. */
  inserted(entries: readonly LedgerEntry[]): Ledger {
    const all = [...this.toArray(), ...entries].sort((a, b) => a.at - b.at);
    return new Ledger(all, all.length, new Map(all.map((entry, at) => [entry.id, at])));
  }
}

function shown(entry: LedgerEntry): string {
  const text = JSON.stringify(entry);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
