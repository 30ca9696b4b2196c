import { quote } from '../../errors.js';
import { Account, type InstrumentFinder } from './account.js';
import { applyEntry } from './entries/apply-entry.js';
import type { CostMethod } from './cost-method.js';
import { checkClosedBooks } from './closed-books.js';
import { effectiveEntries, isAdjustment } from './effective-entries.js';
import { readEntry } from './entry-reader.js';
import type { LedgerEntry, LedgerEntryInput } from './ledger-entry.js';
import { Ledger } from './ledger.js';
import { NewEntries } from './new-entries.js';

/** A ledger, and what its entries add up to. Immutable. */
export class AppliedLedger {
  readonly ledger: Ledger;
  /** Not to be changed. */
  readonly account: Account;
  /** Time of the last entry that was applied, ms since 1970: a correction may have moved it behind the end of the ledger. -Infinity: none. */
  readonly latest: number;
  // The same object as long as entries are appended; another one after each replay.
  readonly #line: object;

  private constructor(ledger: Ledger, account: Account, latest = -Infinity, line: object = {}) {
    this.ledger = ledger;
    this.account = account;
    this.latest = latest;
    this.#line = line;
  }

  /** Without entries. */
  static empty(currency: string, costMethod: CostMethod, find: InstrumentFinder): AppliedLedger {
    return new AppliedLedger(Ledger.empty(), new Account(currency, costMethod, find));
  }

  /** A ledger with what its entries were found to add up to before. @param latest Time of the last entry that was applied. */
  static restored(ledger: Ledger, account: Account, latest: number): AppliedLedger {
    return new AppliedLedger(ledger, account, latest);
  }

  /** Whether this is another one with entries appended, so that nothing before them was applied anew. */
  continues(earlier: AppliedLedger): boolean {
    return this.#line === earlier.#line;
  }

  /**
   * With entries, or this where all of them are known. Each is applied as soon as it is read, so that memory is visited once; where one
   * is late, cancels or corrects another, all are applied anew.
   * @throws TickmarkError as `Portfolio.apply`.
   */
  with(inputs: Iterable<LedgerEntryInput>): AppliedLedger {
    const added = new NewEntries(this.ledger);
    const account = this.account.fork();
    let { latest } = this;
    let anew: LedgerEntry | undefined;
    let failure: { readonly error: unknown } | undefined;
    for (const input of inputs) {
      const entry = readEntry(input);
      if (!added.add(entry)) continue;
      if (!added.isByTime || entry.at < latest || isChange(entry)) anew ??= entry;
      if (anew || failure || isAdjustment(entry)) continue;
      latest = entry.at;
      try {
        applyEntry(account, entry);
      } catch (error) {
        // A late entry that follows may still make it right.
        failure = { error };
      }
    }
    if (added.length === 0) return this;
    if (anew) this.ledger.checkWhole(reasonOf(anew));
    const ledger = this.ledger.with(added);
    if (anew) {
      checkClosedBooks(this.ledger, ledger);
      return this.#anew(ledger, account.find);
    }
    if (failure) throw failure.error;
    return new AppliedLedger(ledger, account, latest, this.#line);
  }

  /** The same entries, applied anew to instruments from elsewhere. @throws TickmarkError as `Portfolio.apply`. */
  withInstruments(find: InstrumentFinder): AppliedLedger {
    return this.#anew(this.ledger, find);
  }

  #anew(ledger: Ledger, find: InstrumentFinder): AppliedLedger {
    const { currency, costMethod } = this.account;
    const account = new Account(currency, costMethod, find);
    const entries = effectiveEntries(ledger.toArray());
    for (const entry of entries) applyEntry(account, entry);
    return new AppliedLedger(ledger, account, entries.at(-1)?.at);
  }
}

// Closing the books changes nothing that was applied.
function isChange({ type }: LedgerEntry): boolean {
  return type === 'cancel' || type === 'correct';
}

function reasonOf(entry: LedgerEntry): string {
  const what = isChange(entry) ? entry.type : 'earlier than others, or in the ledger already';
  return `Entry ${quote(entry.id)} (${what})`;
}
