import { systemRandom } from '../../random.js';
import type { LedgerEntry } from './ledger-entry.js';

/** Most entries that are looked through one by one. */
const FEW = 8;

// Another one in each process, so that nobody can choose ids that hash alike.
const MULTIPLIER = Math.floor(systemRandom() * 2 ** 32) | 1;

/**
 * A list of entries, each id once, that finds them by id. Ledgers are kept by the hundred thousand, and have up to millions of entries:
 * a `Map` of the ids takes three times as long to fill, and makes the garbage collector visit each of them again.
 */
export class IndexedEntries {
  readonly entries: LedgerEntry[] = [];
  /** Hashes of the ids; empty while there are few. */
  #hashes = new Int32Array(0);
  /** An open hash table of places in the list, counted from 1; 0 is free. Twice as long as the hashes, and half of it free. */
  #slots = new Int32Array(0);
  // Symbols of the first entries, as far as they were asked for.
  #symbols: Set<string> | undefined;
  #symbolsOf = 0;

  /** @param entries Each id once. */
  static of(entries: readonly LedgerEntry[]): IndexedEntries {
    const indexed = new IndexedEntries();
    for (const entry of entries) indexed.add(entry);
    return indexed;
  }

  /** The place of the entry with an id; -1 if there is none. */
  find(id: string): number {
    return this.#slots.length > 0 ? this.#find(id, hashOf(id)) : this.#findFew(id);
  }

  /** Adds an entry, if there is none with its id. @returns the one that there is; `undefined` when it was added. */
  add(entry: LedgerEntry): LedgerEntry | undefined {
    const { entries } = this;
    if (entries.length >= FEW) {
      if (entries.length >= this.#hashes.length) this.#grow();
      const hash = hashOf(entry.id);
      const known = this.#find(entry.id, hash);
      if (known >= 0) return entries[known];
      this.#place(hash, entries.length);
    } else {
      const known = this.#findFew(entry.id);
      if (known >= 0) return entries[known];
    }
    entries.push(entry);
    return undefined;
  }

  /** Symbols that entries name, in the order of the first ones. */
  symbols(): ReadonlySet<string> {
    const symbols = (this.#symbols ??= new Set());
    for (; this.#symbolsOf < this.entries.length; this.#symbolsOf++) {
      const entry = this.entries[this.#symbolsOf]!;
      const { symbol, into } = (entry.type === 'correct' ? entry.by : entry) as {
        readonly symbol?: string;
        readonly into?: string;
      };
      if (symbol !== undefined) symbols.add(symbol);
      if (into !== undefined) symbols.add(into);
    }
    return symbols;
  }

  #findFew(id: string): number {
    const { entries } = this;
    for (let at = 0; at < entries.length; at++) if (entries[at]!.id === id) return at;
    return -1;
  }

  #find(id: string, hash: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const at = slots[slot]! - 1;
      if (at < 0 || (this.#hashes[at] === hash && this.entries[at]!.id === id)) return at;
    }
  }

  #place(hash: number, at: number): void {
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = hash & last;
    while (slots[slot] !== 0) slot = (slot + 1) & last;
    slots[slot] = at + 1;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const { entries } = this;
    const known = this.#hashes;
    this.#hashes = new Int32Array(2 * entries.length);
    this.#slots = new Int32Array(4 * entries.length);
    entries.forEach(({ id }, at) => this.#place(at < known.length ? known[at]! : hashOf(id), at));
  }
}

function hashOf(id: string): number {
  let hash = id.length;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 15), MULTIPLIER);
  return hash ^ (hash >>> 13);
}
