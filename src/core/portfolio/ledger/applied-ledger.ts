import { Account, type InstrumentFinder } from './account.js';
import { applyEntry } from './apply-entry.js';
import type { CostMethod } from './cost-method.js';
import type { LedgerEntry } from './ledger-entry.js';
import { Ledger } from './ledger.js';

/** A ledger, and what its entries add up to. Immutable. */
export class AppliedLedger {
  readonly ledger: Ledger;
  /** Not to be changed. */
  readonly account: Account;

  private constructor(ledger: Ledger, account: Account) {
    this.ledger = ledger;
    this.account = account;
  }

  /** Without entries. */
  static empty(currency: string, costMethod: CostMethod, find: InstrumentFinder): AppliedLedger {
    return new AppliedLedger(Ledger.empty(), new Account(currency, costMethod, find));
  }

  /** With entries, or this where all of them are known. @throws TickmarkError as `Portfolio.apply`. */
  with(entries: readonly LedgerEntry[]): AppliedLedger {
    const { ledger, account } = this;
    const fresh = ledger.unknown(entries);
    if (!fresh.first) return this;
    if (ledger.last && fresh.first.at < ledger.last.at)
      return this.#anew(ledger.inserted(fresh), account.find);
    return new AppliedLedger(ledger.appended(fresh), applied(fresh, account.fork()));
  }

  /** The same entries, applied anew to instruments from elsewhere. @throws TickmarkError as `Portfolio.apply`. */
  withInstruments(find: InstrumentFinder): AppliedLedger {
    return this.#anew(this.ledger, find);
  }

  #anew(ledger: Ledger, find: InstrumentFinder): AppliedLedger {
    const { currency, costMethod } = this.account;
    return new AppliedLedger(ledger, applied(ledger, new Account(currency, costMethod, find)));
  }
}

function applied(ledger: Ledger, account: Account): Account {
  for (const entry of ledger.toArray()) applyEntry(account, entry);
  return account;
}
