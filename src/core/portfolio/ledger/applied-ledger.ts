import { Account, type InstrumentFinder } from './account.js';
import { applyEntry } from './entries/apply-entry.js';
import type { CostMethod } from './cost-method.js';
import { checkClosedBooks } from './closed-books.js';
import { effectiveEntries, isAdjustment } from './effective-entries.js';
import { readEntry } from './entry-reader.js';
import type { LedgerEntryInput } from './ledger-entry.js';
import { Ledger } from './ledger.js';
import { NewEntries } from './new-entries.js';

/** A ledger, and what its entries add up to. Immutable. */
export class AppliedLedger {
  readonly ledger: Ledger;
  /** Not to be changed. */
  readonly account: Account;
  // Time of the last entry that was applied: a correction may have moved it behind the end of the ledger.
  readonly #latest: number;

  private constructor(ledger: Ledger, account: Account, latest = -Infinity) {
    this.ledger = ledger;
    this.account = account;
    this.#latest = latest;
  }

  /** Without entries. */
  static empty(currency: string, costMethod: CostMethod, find: InstrumentFinder): AppliedLedger {
    return new AppliedLedger(Ledger.empty(), new Account(currency, costMethod, find));
  }

  /**
   * With entries, or this where all of them are known. Each is applied as soon as it is read, so that memory is visited once; where one
   * is late, cancels or corrects another, all are applied anew.
   * @throws TickmarkError as `Portfolio.apply`.
   */
  with(inputs: Iterable<LedgerEntryInput>): AppliedLedger {
    const added = new NewEntries(this.ledger);
    const account = this.account.fork();
    let latest = this.#latest;
    let isAnew = false;
    let failure: { readonly error: unknown } | undefined;
    for (const input of inputs) {
      const entry = readEntry(input);
      if (!added.add(entry)) continue;
      isAnew ||= !added.isByTime || entry.at < latest || isAdjustment(entry);
      if (isAnew || failure || isAdjustment(entry)) continue;
      latest = entry.at;
      try {
        applyEntry(account, entry);
      } catch (error) {
        // A late entry that follows may still make it right.
        failure = { error };
      }
    }
    if (added.length === 0) return this;
    const ledger = this.ledger.with(added);
    if (isAnew) {
      checkClosedBooks(this.ledger.toArray(), ledger.toArray());
      return this.#anew(ledger, account.find);
    }
    if (failure) throw failure.error;
    return new AppliedLedger(ledger, account, latest);
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
