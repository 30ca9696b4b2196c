/**
 * The ledger of a portfolio: its entries, and what they add up to. `Portfolio` of `tickmark` applies them.
 * @packageDocumentation
 */
export type {
  AnyBookingEntry,
  AnyLedgerEntry,
  BookingEntry,
  Cancellation,
  CashConversion,
  CashFlow,
  Charge,
  ClosedBooks,
  CorrectedContent,
  Correction,
  EntryBase,
  Income,
  LedgerEntry,
  LedgerEntryInput,
  LedgerEntryType,
  Merger,
  MoneyAmount,
  OpeningCash,
  OpeningPosition,
  Rename,
  ReturnOfCapital,
  Settlement,
  SpinOff,
  Split,
  TimeInput,
  Trade,
  TransferIn,
  TransferOut,
} from '../core/portfolio/ledger/ledger-entry.js';
export type { LedgerRange } from '../core/portfolio/ledger/ledger-range.js';
export { readEntry } from '../core/portfolio/ledger/entry-reader.js';
export type { CostMethod } from '../core/portfolio/ledger/cost-method.js';
export type { Lot } from '../core/portfolio/ledger/lot.js';
export type { AdjustmentOptions, EntryOptions, PortfolioTerms } from '../core/portfolio/portfolio-input.js';
